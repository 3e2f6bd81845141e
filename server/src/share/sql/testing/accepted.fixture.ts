import { CLIENTS, TIME_SERIES } from './accepted-clients.fixture.ts';

/** Statements between empty lines. */
export const statements = (text: string): string[] =>
  text
    .split(/\n\s*\n/)
    .map((statement) => statement.trim())
    .filter((statement) => statement !== '');

const ANALYSTS = `
SELECT * FROM enterprises

select name, city from share.enterprises where city = '南昌' order by name limit 10

SELECT count() FROM enterprises

SELECT COUNT(*) AS total FROM enterprises WHERE capital IS NOT NULL

SELECT COUNT(DISTINCT city) FROM enterprises

SELECT city, count(*) AS n, sum(employees) FROM enterprises GROUP BY city ORDER BY n DESC, city

SELECT city, industry, avg(capital) FROM enterprises GROUP BY city, industry HAVING count() > 1 ORDER BY ALL

SELECT city, sum(employees) AS e FROM enterprises GROUP BY city WITH TOTALS ORDER BY city

SELECT city, industry, sum(employees) FROM enterprises GROUP BY city, industry WITH ROLLUP ORDER BY city, industry

SELECT city, industry, sum(employees) FROM enterprises GROUP BY CUBE(city, industry) ORDER BY city, industry

SELECT city, industry, count(), grouping(city) FROM enterprises GROUP BY GROUPING SETS ((city), (industry), ()) ORDER BY ALL

SELECT city, max(founded) FROM enterprises GROUP BY ALL ORDER BY city

SELECT e.name, r.value FROM enterprises AS e JOIN readings AS r ON r.enterprise = e.code ORDER BY r.time, e.name LIMIT 5

SELECT e.name, count(r.value) FROM enterprises e LEFT JOIN readings r ON e.code = r.enterprise GROUP BY e.name ORDER BY 1

SELECT e.name FROM enterprises e ANY LEFT JOIN readings r ON e.code = r.enterprise ORDER BY e.name

SELECT e.name FROM enterprises e LEFT SEMI JOIN readings r ON e.code = r.enterprise ORDER BY e.name

SELECT name FROM enterprises AS e LEFT ANTI JOIN readings r ON e.code = r.enterprise ORDER BY name

SELECT r.time, o.amount FROM readings AS r ASOF LEFT JOIN orders AS o ON r.enterprise = o.enterprise AND r.time >= o.ordered ORDER BY r.time, r.point

SELECT name, amount FROM enterprises INNER JOIN orders ON enterprises.code = orders.enterprise ORDER BY amount DESC LIMIT 3

SELECT a.name, b.name FROM enterprises a, enterprises b WHERE a.city = b.city AND a.code < b.code ORDER BY a.name, b.name

SELECT count() FROM enterprises CROSS JOIN readings

SELECT name, value FROM enterprises FULL OUTER JOIN readings ON code = enterprise ORDER BY name, value, time LIMIT 7

SELECT code, amount FROM (SELECT code, name FROM enterprises) AS a JOIN (SELECT enterprise AS code, amount FROM orders) AS b USING (code) ORDER BY amount

SELECT code, amount FROM (SELECT code FROM enterprises) AS a GLOBAL ANY LEFT JOIN (SELECT enterprise AS code, amount FROM orders ORDER BY amount) AS b USING code ORDER BY code

SELECT name, tag FROM enterprises ARRAY JOIN tags AS tag ORDER BY name, tag

SELECT name, tag, i FROM enterprises LEFT ARRAY JOIN tags AS tag, arrayEnumerate(tags) AS i ORDER BY name, i

SELECT arrayJoin(tags) AS tag, count() FROM enterprises GROUP BY tag ORDER BY tag

SELECT name, arrayMap(x -> upper(x), tags), arrayFilter((x) -> x LIKE 'a%', tags) FROM enterprises ORDER BY name

SELECT name, arrayMap((x, i) -> concat(x, toString(i)), tags, arrayEnumerate(tags)) FROM enterprises ORDER BY name

SELECT name, tags[1], length(tags), attributes['level'], mapKeys(attributes) FROM enterprises ORDER BY name

SELECT name, tags[-1] AS last, has(tags, 'iron'), tags || ['x'] FROM enterprises ORDER BY name

SELECT * EXCEPT (tags, attributes) FROM enterprises ORDER BY code

SELECT * EXCEPT tags FROM enterprises ORDER BY code

SELECT * REPLACE (upper(name) AS name) FROM enterprises ORDER BY code

SELECT COLUMNS('^c') FROM enterprises ORDER BY code

SELECT COLUMNS(employees, capital) APPLY(sum) FROM enterprises

SELECT COLUMNS('employees|capital') APPLY(x -> x * 2) FROM enterprises ORDER BY code

SELECT e.* FROM enterprises AS e ORDER BY e.code

SELECT e.COLUMNS('name') FROM enterprises AS e ORDER BY e.code

SELECT enterprises.name, share.enterprises.city FROM share.enterprises ORDER BY enterprises.code

SELECT "name", \`city\` FROM "share"."enterprises" ORDER BY "code"

SELECT name AS "名称", city "城市" FROM enterprises ORDER BY \`名称\`

SELECT name n, city c FROM enterprises ORDER BY n

SELECT DISTINCT city FROM enterprises ORDER BY city

SELECT DISTINCT ON (city) city, name FROM enterprises ORDER BY city, name

SELECT TOP 2 name FROM enterprises ORDER BY name

SELECT name FROM enterprises ORDER BY name LIMIT 1, 2

SELECT name FROM enterprises ORDER BY name LIMIT 2 OFFSET 1

SELECT name FROM enterprises ORDER BY name OFFSET 1 ROW FETCH FIRST 2 ROWS ONLY

SELECT city, name FROM enterprises ORDER BY city, name LIMIT 1 BY city

SELECT city, name FROM enterprises ORDER BY city, name LIMIT 1 OFFSET 1 BY city LIMIT 10

SELECT employees FROM enterprises ORDER BY employees LIMIT 2 WITH TIES

SELECT name FROM enterprises WHERE code IN ('E1', 'E3') ORDER BY name

SELECT name FROM enterprises WHERE code IN ('E1') ORDER BY name

SELECT name FROM enterprises WHERE code NOT IN (SELECT enterprise FROM orders) ORDER BY name

SELECT name FROM enterprises WHERE (city, industry) IN (('南昌', 'C32'), ('赣州', 'C39')) ORDER BY name

SELECT name FROM enterprises WHERE code GLOBAL IN (SELECT enterprise FROM orders) ORDER BY name

SELECT name FROM enterprises WHERE in(code, ('E1', 'E2')) ORDER BY name

SELECT name FROM enterprises WHERE globalNotIn(code, ('E1', 'E2')) ORDER BY name

WITH ['E1', 'E2'] AS codes SELECT name FROM enterprises WHERE code IN codes ORDER BY name

WITH big AS (SELECT enterprise FROM orders WHERE amount > 100) SELECT name FROM enterprises WHERE code IN big ORDER BY name

WITH big AS (SELECT enterprise, sum(amount) AS amount FROM orders GROUP BY enterprise) SELECT e.name, b.amount FROM enterprises e JOIN big b ON b.enterprise = e.code ORDER BY b.amount DESC

WITH enterprises AS (SELECT * FROM share.enterprises WHERE city = '南昌') SELECT name FROM enterprises ORDER BY name

WITH enterprises AS (SELECT * FROM enterprises WHERE city = '南昌') SELECT name FROM enterprises ORDER BY name

WITH a AS (SELECT * FROM b), b AS (SELECT name FROM enterprises) SELECT * FROM a ORDER BY name

WITH (SELECT max(amount) FROM orders) AS most SELECT enterprise, amount / most FROM orders ORDER BY enterprise, amount

WITH 1000 AS k, employees / k AS thousands SELECT name, thousands FROM enterprises ORDER BY name

WITH x AS (SELECT 1 AS a) SELECT a FROM x UNION ALL SELECT a + 1 FROM x

WITH x AS (SELECT 1 AS a) SELECT a FROM x UNION ALL (SELECT a + 1 FROM x UNION ALL SELECT a + 1 FROM x)

SELECT name FROM enterprises WHERE employees > (SELECT avg(employees) FROM enterprises) ORDER BY name

SELECT name FROM enterprises WHERE EXISTS (SELECT 1 FROM orders WHERE amount > 1e9) ORDER BY name

SELECT name FROM (SELECT name, city FROM (SELECT * FROM enterprises WHERE employees >= 10) AS inner_) AS outer_ WHERE city != '' ORDER BY name

SELECT city FROM (SELECT city FROM enterprises UNION DISTINCT SELECT '上海') ORDER BY city

SELECT x FROM ((SELECT 1 AS x) UNION ALL (SELECT 2)) ORDER BY x

SELECT city FROM enterprises INTERSECT SELECT '南昌'

SELECT number FROM numbers(10) EXCEPT SELECT number FROM numbers(5) ORDER BY number

SELECT sum(number) FROM numbers(10, 20)

SELECT generate_series FROM generate_series(1, 10, 3)

SELECT name, CASE WHEN employees < 100 THEN 'small' WHEN employees < 1000 THEN 'middle' ELSE 'large' END AS size FROM enterprises ORDER BY name

SELECT name, CASE city WHEN '南昌' THEN 1 ELSE 0 END FROM enterprises ORDER BY name

SELECT name, if(capital > 100, 'a', 'b'), multiIf(employees > 1000, 1, employees > 100, 2, 3), capital > 100 ? 1 : 2 FROM enterprises ORDER BY name

SELECT name, coalesce(capital, 0), ifNull(capital, -1), nullIf(employees, 10), assumeNotNull(capital) FROM enterprises ORDER BY name

SELECT CAST(employees AS String), CAST(employees, 'Float64'), employees::Decimal(10, 2), '5'::UInt8, 1.10::Decimal(9, 4) FROM enterprises ORDER BY code

SELECT toYear(founded), founded + INTERVAL 1 YEAR, founded - INTERVAL '2' MONTH, INTERVAL '3 day' + founded FROM enterprises ORDER BY code

SELECT date_add(MONTH, 1, founded), DATE_SUB(DAY, 3, founded), dateDiff('day', founded, DATE '2026-01-01'), datediff(month, founded, toDate('2026-01-01')) FROM enterprises ORDER BY code

SELECT EXTRACT(YEAR FROM founded) AS y, extract(name, '[A-Z]+'), toStartOfMonth(founded), date_trunc('month', founded) FROM enterprises ORDER BY code

SELECT substring(name, 1, 3), SUBSTRING(name FROM 2 FOR 2), position(name, 'A'), position('A' IN name), trim(name), TRIM(BOTH 'x' FROM 'xax') FROM enterprises ORDER BY code

SELECT name LIKE '%A%', name NOT LIKE 'x_', name ILIKE '%a', match(name, '^A'), name REGEXP 'B' FROM enterprises ORDER BY code

SELECT employees BETWEEN 10 AND 100, employees NOT BETWEEN 1 AND 5 AND city = '南昌' FROM enterprises ORDER BY code

SELECT NOT employees > 5, NOT (capital IS NULL), capital IS NOT NULL AND city <> '' OR 1 = 0 FROM enterprises ORDER BY code

SELECT capital IS NOT DISTINCT FROM NULL, capital <=> 100, capital IS DISTINCT FROM 5 FROM enterprises ORDER BY code

SELECT 1 + 2 * 3 - 4 / 2 % 3, -(-1), - employees, 7 DIV 2, 7 MOD 4, (1 + 2) * 3 FROM enterprises ORDER BY code LIMIT 1

SELECT (1, 'a'), (1, 'a').1, tuple(1), [1, 2, 3], [], map('a', 1, 'b', 2), (name, city).2 FROM enterprises ORDER BY code

SELECT 0xFF, 0b101, 1e3, .5, 5., 1_000, inf, -inf, nan, true, FALSE, NULL

SELECT 'it''s', 'a\\nb', 'tab\\there', 'back\\\\slash', '中文', '50\\% of \\x41', ''

SELECT quantile(0.9)(employees), quantiles(0.5, 0.9)(employees), median(employees), topK(2)(city), uniq(city), uniqExact(city) FROM enterprises

SELECT sumIf(employees, city = '南昌'), countIf(capital > 0), avgOrNull(capital), sum(employees) FILTER (WHERE city = '赣州'), maxOrDefaultIf(employees, 0) FROM enterprises

SELECT groupArray(name), groupUniqArray(5)(city), argMax(name, employees), any(city) IS NOT NULL, groupArrayIf(name, employees > 100) FROM (SELECT * FROM enterprises ORDER BY code)

SELECT first_value(name) RESPECT NULLS, stddevPop(employees), corr(employees, capital), simpleLinearRegression(employees, ifNull(capital, 0)) FROM (SELECT * FROM enterprises ORDER BY code)

SELECT name, row_number() OVER (ORDER BY employees DESC, code) AS r FROM enterprises ORDER BY r

SELECT name, rank() OVER (PARTITION BY city ORDER BY employees), sum(employees) OVER (PARTITION BY city) FROM enterprises ORDER BY name

SELECT name, sum(employees) OVER w, avg(employees) OVER (w ROWS BETWEEN 1 PRECEDING AND CURRENT ROW) FROM enterprises WINDOW w AS (PARTITION BY city ORDER BY code) ORDER BY name

SELECT name, lagInFrame(employees, 1, 0) OVER (ORDER BY code ROWS BETWEEN UNBOUNDED PRECEDING AND UNBOUNDED FOLLOWING) FROM enterprises ORDER BY code

SELECT city, name FROM enterprises QUALIFY row_number() OVER (PARTITION BY city ORDER BY employees DESC, code) = 1 ORDER BY city

SELECT name, employees FROM enterprises ORDER BY employees DESC NULLS LAST, name COLLATE 'zh'

SELECT capital FROM enterprises ORDER BY capital ASC NULLS FIRST

SELECT name FROM enterprises PREWHERE city = '南昌' WHERE employees > 1 ORDER BY name

SELECT (employees * 2 AS doubled) + doubled FROM enterprises ORDER BY code

SELECT name -- a comment
FROM /* and another */ enterprises # the last
ORDER BY name

SELECT toTypeName(capital), toTypeName(tags), toTypeName(attributes) FROM enterprises LIMIT 1

SELECT JSONExtractString('{"a": "b"}', 'a'), JSONExtract('{"a": 1}', 'a', 'UInt8'), arrayReduce('sum', [1, 2, 3]), accurateCastOrNull('x', 'UInt8')

SELECT formatReadableSize(123456789), round(1.2345, 2), intDiv(7, 2), least(1, 2), greatest(3, 4), splitByChar(',', 'a,b'), cityHash64('x')

SELECT sum(employees) / count() AS mean, min(founded), max(founded), sumMap(['a'], [1]) FROM enterprises

SELECT capital > 50 IS TRUE, capital IS NOT UNKNOWN, (employees > 50) IS NOT FALSE FROM enterprises ORDER BY code

SELECT name FROM enterprises WHERE code = ANY (SELECT enterprise FROM orders) AND city <> ALL (SELECT '九江') ORDER BY name

SELECT count(ALL capital), sum(ALL employees) FROM enterprises

SELECT name FROM enterprises WHERE founded < current_date ORDER BY name

SELECT count() AS enterprises FROM enterprises

SELECT sum(employees) AS enterprises, enterprises.city FROM enterprises GROUP BY enterprises.city ORDER BY enterprises.city

WITH big AS (SELECT code AS big FROM enterprises) SELECT big.big FROM big ORDER BY big.big

SELECT enterprises.name, share.enterprises.city FROM share.enterprises AS e WHERE enterprises.employees > 50 ORDER BY e.code

SELECT current_user, CURRENT_DATABASE, database FROM enterprises LIMIT 1

SELECT database, engine FROM system.tables WHERE database = 'share' ORDER BY name

SELECT countDistinct(city), COUNT(city), Sum(employees) IS NULL FROM enterprises WHERE 1 = 0
`.replace('Sum(employees)', 'SUM(employees)');

/** TPC-H as far as three tables carry it. */
const TPCH = `
SELECT state, sum(quantity) AS sum_qty, sum(amount) AS sum_base, sum(amount * (1 - discount)) AS sum_disc, avg(quantity) AS avg_qty, count(*) AS count_order FROM orders WHERE ordered <= toDateTime('2026-09-02 00:00:00') - INTERVAL '90' DAY GROUP BY state ORDER BY state

SELECT enterprise, sum(amount * (1 - discount)) AS revenue FROM orders JOIN enterprises ON code = enterprise WHERE city = '南昌' AND ordered < toDateTime('2026-03-15 00:00:00') GROUP BY enterprise ORDER BY revenue DESC LIMIT 10

SELECT state, count(*) AS n FROM orders WHERE ordered >= toDateTime('2025-07-01 00:00:00') AND ordered < toDateTime('2025-07-01 00:00:00') + INTERVAL 30 MONTH AND enterprise IN (SELECT code FROM enterprises WHERE employees > 5) GROUP BY state ORDER BY state

SELECT sum(amount * discount) AS revenue FROM orders WHERE discount BETWEEN 0.05 - 0.01 AND 0.05 + 0.06 AND quantity < 24

SELECT e.city, EXTRACT(YEAR FROM o.ordered) AS year, sum(CASE WHEN o.state = 'done' THEN o.amount ELSE 0 END) / sum(o.amount) AS share FROM orders o, enterprises e WHERE o.enterprise = e.code GROUP BY e.city, year ORDER BY e.city, year

SELECT c_count, count(*) AS custdist FROM (SELECT e.code AS c_code, countIf(o.amount > 0) AS c_count FROM enterprises e LEFT OUTER JOIN orders o ON e.code = o.enterprise AND o.state NOT LIKE '%spec%' GROUP BY e.code) AS c_orders GROUP BY c_count ORDER BY custdist DESC, c_count DESC

WITH revenue AS (SELECT enterprise AS supplier, sum(amount) AS total FROM orders GROUP BY enterprise) SELECT code, name, total FROM enterprises, revenue WHERE code = supplier AND total = (SELECT max(total) FROM revenue) ORDER BY code

SELECT sum(amount) FROM orders AS o JOIN enterprises AS e ON e.code = o.enterprise WHERE (e.industry = 'C32' AND o.quantity >= 1 AND o.quantity <= 11) OR (e.industry IN ('C39', 'C26') AND o.quantity BETWEEN 10 AND 20)

SELECT substring(code, 1, 1) AS cc, count(*) AS numcust, sum(employees) AS total FROM enterprises WHERE code NOT IN (SELECT enterprise FROM orders WHERE amount > 1000) AND employees > (SELECT avg(employees) FROM enterprises WHERE employees > 0) GROUP BY cc ORDER BY cc
`;

export const ACCEPTED: readonly string[] = [ANALYSTS, TPCH, TIME_SERIES, CLIENTS].flatMap(statements);
