-- Where sequences are to be made: the schemas $1 and the names $2, and the columns that they are to belong to, $3, $4, $5
-- (schema, table, column; empty where to none). For each, in order: its name as this server writes it; whether the schema
-- is there and the role may create in it; what has the name already; the table, the role that owns it, whether this role
-- may have it own a sequence; the column; the sequence of its identity.
-- versions: 10-19
-- privileges: none
SELECT pg_catalog.format('%I.%I', w.schema, w.name) AS name,
    pg_catalog.quote_ident(w.schema) AS schema,
    n.oid IS NOT NULL AS schema_there,
    coalesce(pg_catalog.has_schema_privilege(n.oid, 'CREATE'), false) AS may_create,
    c.oid IS NOT NULL AS taken,
    t.oid AS "table", pg_catalog.quote_ident(tn.nspname) || '.' || pg_catalog.quote_ident(t.relname) AS table_name,
    pg_catalog.quote_ident(r.rolname) AS table_owner,
    coalesce(pg_catalog.pg_has_role(t.relowner, 'USAGE') AND pg_catalog.pg_has_role(t.relowner,
        CASE WHEN pg_catalog.current_setting('server_version_num')::pg_catalog.int4 >= 160000
             THEN 'SET' ELSE 'MEMBER' END), false) AS may_alter,
    tn.nspname = w.schema AS same_schema,
    pg_catalog.quote_ident(a.attname) AS "column",
    CASE WHEN a.attidentity <> '' THEN (
        SELECT pg_catalog.format('%I.%I', sn.nspname, s.relname)
        FROM pg_catalog.pg_depend d
            JOIN pg_catalog.pg_class s ON s.oid = d.objid AND s.relkind = 'S'
            JOIN pg_catalog.pg_namespace sn ON sn.oid = s.relnamespace
        WHERE d.classid = 'pg_catalog.pg_class'::pg_catalog.regclass
            AND d.refclassid = 'pg_catalog.pg_class'::pg_catalog.regclass
            AND d.refobjid = a.attrelid AND d.refobjsubid = a.attnum AND d.deptype = 'i') END AS identity
FROM ROWS FROM (pg_catalog.unnest($1::text[]), pg_catalog.unnest($2::text[]), pg_catalog.unnest($3::text[]),
        pg_catalog.unnest($4::text[]), pg_catalog.unnest($5::text[]))
        WITH ORDINALITY AS w (schema, name, table_schema, table_name, column_name, place)
    LEFT JOIN pg_catalog.pg_namespace n ON n.nspname = w.schema
    LEFT JOIN pg_catalog.pg_class c ON c.relnamespace = n.oid AND c.relname = w.name
    LEFT JOIN pg_catalog.pg_namespace tn ON tn.nspname = w.table_schema
    LEFT JOIN pg_catalog.pg_class t ON t.relnamespace = tn.oid AND t.relname = w.table_name
        AND t.relkind IN ('r', 'p', 'f')
    LEFT JOIN pg_catalog.pg_attribute a ON a.attrelid = t.oid AND a.attname = w.column_name
        AND a.attnum > 0 AND NOT a.attisdropped
    LEFT JOIN pg_catalog.pg_roles r ON r.oid = t.relowner
ORDER BY w.place
