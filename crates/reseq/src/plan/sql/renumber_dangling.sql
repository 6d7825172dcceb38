-- Whether a value that is no row's id would be one afterwards: where no valid foreign key guards the column.
-- reads: the column, the map
-- versions: 10-19
-- privileges: SELECT on the table
SELECT pg_catalog.concat({name}, ' holds ', {table}.{column}, ', which is no row''s id, and would be one afterwards'),
       'set such values right first, or begin with another --start'::text
FROM {rows} JOIN pg_temp.reseq_map AS n ON {new} = {value} AND ({condition})
    LEFT JOIN pg_temp.reseq_map AS o ON {old} = {value}
WHERE o.reseq_old IS NULL
LIMIT 1
