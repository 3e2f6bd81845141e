export const TIME_SERIES = `
SELECT toStartOfInterval(time, INTERVAL 1 HOUR) AS t, avg(value) FROM readings GROUP BY t ORDER BY t

SELECT toStartOfInterval(time, toIntervalMinute(15)) AS t, point, max(value) AS most FROM readings WHERE time >= toDateTime64('2026-01-01 00:00:00', 3) AND time < toDateTime64('2026-02-01 00:00:00.000', 3) GROUP BY t, point ORDER BY t, point

SELECT (intDiv(toUInt32(time), 60) * 60) * 1000 AS t, avg(value) AS value FROM readings WHERE time >= toDateTime(1767225600) AND time <= toDateTime(1769904000) GROUP BY t ORDER BY t

SELECT toDateTime(intDiv(toUnixTimestamp(time), 300) * 300) AS t, point, groupArray((value, quality)) AS pairs FROM (SELECT * FROM readings ORDER BY time, point) GROUP BY t, point ORDER BY t, point

SELECT toStartOfHour(time) AS t, count() AS n FROM readings GROUP BY t ORDER BY t WITH FILL FROM toStartOfHour(toDateTime64('2026-01-01 00:00:00', 3)) TO toStartOfHour(toDateTime64('2026-01-01 06:00:00', 3)) STEP INTERVAL 1 HOUR

SELECT toUInt32(intDiv(toUnixTimestamp(time), 3600)) AS t, max(value) AS v FROM readings GROUP BY t ORDER BY t WITH FILL STEP 1 INTERPOLATE (v AS v + 0)

SELECT point, argMax(value, time) AS last, max(time) AS at FROM readings GROUP BY point ORDER BY point

SELECT point, value, time FROM readings ORDER BY point, time DESC LIMIT 1 BY point

SELECT point, time, value - lagInFrame(value) OVER (PARTITION BY point ORDER BY time ROWS BETWEEN 1 PRECEDING AND CURRENT ROW) AS delta FROM readings ORDER BY point, time

SELECT point, deltaSum(value), quantileTDigest(0.5)(value), exponentialMovingAverage(2)(value, toUnixTimestamp(time)) FROM (SELECT * FROM readings ORDER BY point, time) GROUP BY point ORDER BY point

SELECT toDate(time) AS d, toDayOfWeek(time) AS w, sumIf(value, quality = 0) / nullIf(countIf(quality = 0), 0) AS mean FROM readings GROUP BY d, w ORDER BY d

SELECT formatDateTime(time, '%Y-%m') AS month, uniq(enterprise) FROM readings GROUP BY month ORDER BY month

SELECT time, value FROM readings WHERE point = 'p1' AND time BETWEEN '2026-01-01 00:00:00' AND '2026-01-02 00:00:00' ORDER BY time FORMAT JSONCompact

SELECT time, value FROM readings ORDER BY time, point LIMIT 3 SETTINGS max_threads = 1, date_time_output_format = 'iso' FORMAT CSVWithNames

SELECT windowFunnel(3600)(toDateTime(time), value > 1, value > 2) FROM readings GROUP BY enterprise ORDER BY enterprise

SELECT sequenceCount('(?1).*(?2)')(toDateTime(time), value > 1, value < 1) FROM readings

SELECT toStartOfDay(time) AS day, sparkbar(5)(toUInt64(toHour(time)), toUInt64(value)) FROM readings GROUP BY day ORDER BY day

SELECT arraySum(arrayMap(x -> x.1 * x.2, groupArray((value, toFloat64(quality))))) FROM readings

SELECT r.point, r.time, e.city FROM readings AS r INNER JOIN (SELECT code, any(city) AS city FROM enterprises GROUP BY code) AS e ON r.enterprise = e.code WHERE e.city = '南昌' ORDER BY r.point, r.time
`;

/** What Grafana, DBeaver, JDBC, @clickhouse/client, Superset and Metabase send, in shape. */
export const CLIENTS = `
SELECT 1

SELECT 1 FORMAT JSON

SELECT 'ping' AS answer;

SELECT version()

SELECT currentDatabase() AS db, 1 AS one

SELECT timezone()

SELECT currentUser() AS user, timezone() AS timezone, version() AS version FORMAT TabSeparated

SELECT name FROM system.databases

SELECT name FROM system.databases WHERE name NOT IN ('system', 'INFORMATION_SCHEMA', 'information_schema') ORDER BY name

SELECT name, engine FROM system.tables WHERE database = currentDatabase() ORDER BY name

SELECT database, name, engine FROM system.tables WHERE database = 'share' ORDER BY database, name FORMAT JSON

SELECT name, database AS schema, engine AS type FROM system.tables WHERE (database = 'share') AND (NOT is_temporary) ORDER BY name

SELECT name, type, comment FROM system.columns WHERE database = 'share' AND table = 'enterprises' ORDER BY position

SELECT database, table, name, type, default_kind FROM system.columns WHERE database = 'share' AND table = 'readings' ORDER BY name

SELECT name, type FROM system.columns WHERE database IN ('share') AND table IN ('enterprises') AND type LIKE '%String%' ORDER BY position

SELECT '' AS TABLE_CAT, t.database AS TABLE_SCHEM, t.name AS TABLE_NAME, CASE WHEN t.engine LIKE '%Log' THEN 'LOG TABLE' WHEN t.engine IN ('View', 'MaterializedView') THEN 'VIEW' ELSE 'TABLE' END AS TABLE_TYPE, t.comment AS REMARKS, NULL AS TYPE_CAT FROM system.tables t JOIN system.databases d ON t.database = d.name WHERE t.database LIKE 'share' AND t.name LIKE '%' ORDER BY t.database, t.name

SELECT '' AS TABLE_CAT, database AS TABLE_SCHEM, table AS TABLE_NAME, name AS COLUMN_NAME, toInt32(12) AS DATA_TYPE, type AS TYPE_NAME, toInt32(position) AS ORDINAL_POSITION, toInt32(startsWith(type, 'Nullable(')) AS NULLABLE, CAST(NULL, 'Nullable(String)') AS SCOPE_CATALOG FROM system.columns WHERE database LIKE 'share' AND table LIKE 'orders' AND name LIKE '%' ORDER BY TABLE_SCHEM, TABLE_NAME, ORDINAL_POSITION

SELECT database AS TABLE_SCHEM, '' AS TABLE_CATALOG FROM system.tables GROUP BY database HAVING database = 'share'

SELECT count(*) AS count FROM (SELECT * FROM share.enterprises) AS virtual_table

SELECT * FROM (SELECT * FROM share.enterprises) AS inner_qry WHERE 1 = 0

SELECT * FROM "share"."enterprises" ORDER BY "code" LIMIT 0, 200

SELECT "source"."city" AS "city", count(*) AS "count" FROM (SELECT "share"."enterprises"."city" AS "city" FROM "share"."enterprises") AS "source" GROUP BY "source"."city" ORDER BY "source"."city" ASC LIMIT 2000

SELECT toStartOfDay(toDateTime(time)) AS __timestamp, AVG(value) AS \`AVG(value)\` FROM share.readings WHERE time >= toDateTime('2026-01-01 00:00:00') AND time < toDateTime('2026-12-31 00:00:00') GROUP BY toStartOfDay(toDateTime(time)) ORDER BY \`AVG(value)\` DESC LIMIT 10000

SELECT city AS city, SUM(employees) AS "SUM(employees)" FROM (SELECT name, city, employees FROM share.enterprises) AS virtual_table WHERE city IN ('南昌', '赣州') GROUP BY city ORDER BY "SUM(employees)" DESC LIMIT 100

SELECT toUnixTimestamp(toStartOfMinute(time)) * 1000 AS "time", point AS metric, avg(value) AS "value" FROM share.readings WHERE "time" >= toDateTime64(1767225600, 3) GROUP BY metric, "time" ORDER BY "time" ASC, metric ASC

SELECT name, value, '' AS changed FROM (SELECT 'a' AS name, 1 AS value) WHERE name IN ('a', 'b')

SELECT 1 AS \`a b\`, 2 AS "c-d", 3 AS 'x'
`.replace(", 3 AS 'x'", '');
