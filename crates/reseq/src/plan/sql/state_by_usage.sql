-- Where a sequence stands, for a role that may draw from it but not read it. There is no value to see before
-- the first call: then what was seen when the plan was made stands in.
-- reads: the state of the sequence
-- versions: 10-19
-- privileges: USAGE on the sequence
(SELECT COALESCE(l.last_value, {last_value}) AS last_value,
        l.last_value IS NOT NULL OR {is_called} AS is_called
 FROM pg_catalog.pg_sequence_last_value({sequence}) AS l(last_value)) AS s
