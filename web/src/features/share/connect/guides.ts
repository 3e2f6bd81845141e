import type { DatasetColumn } from '@ronghe/contracts';
import { type Example, KEY_PLACEHOLDER } from '../../ingest/door-examples.ts';
import { curlText } from '../query/question-text.ts';

/** Ways to reach a dataset, in the order in which they are shown. */
export const GUIDE_NAMES = ['curl', 'python', 'node', 'dbeaver', 'grafana', 'powerbi', 'excel'] as const;
export type GuideName = (typeof GUIDE_NAMES)[number];

/** Where this platform is, as the reader reaches it. */
export type Places = {
  /** `http://host:port`, without a slash at the end */
  http: string;
  /** the door that speaks ClickHouse's HTTP interface; null when it is closed */
  sql: { host: string; port: number } | null;
};
export type Guided = {
  id: string;
  /** name in SQL, `share.enterprises` */
  table: string;
  columns: readonly Pick<DatasetColumn, 'name' | 'type'>[];
};

/** With a key for password the SQL door takes the name that clients of ClickHouse send when they were told none. */
const SQL_USER = 'default';
/** So many columns tell what an example does; all would hide it. */
const COLUMNS_SHOWN = 4;
const PAGE_ROWS = 1_000;
const SHEET_PAGE_ROWS = 10_000;

/** Guides that need the SQL door and have nothing to offer without it. */
export const NEEDS_SQL: ReadonlySet<GuideName> = new Set(['node', 'dbeaver', 'grafana']);

/** Examples that work as they stand, but for the key. */
export function guideOf(guide: GuideName, dataset: Guided, places: Places): Example[] {
  const byName: Record<GuideName, (dataset: Guided, places: Places) => Example[]> = {
    curl: curlGuide,
    python: pythonGuide,
    node: nodeGuide,
    dbeaver: dbeaverGuide,
    grafana: grafanaGuide,
    powerbi: queryGuide('Power BI (M)'),
    excel: queryGuide('Excel (M)'),
  };
  return byName[guide](dataset, places);
}

const shownColumns = ({ columns }: Guided): string[] =>
  columns.slice(0, COLUMNS_SHOWN).map(({ name }) => name);
const selectText = (dataset: Guided, rows: number): string =>
  `select ${shownColumns(dataset).join(', ')} from ${dataset.table} limit ${rows}`;
const listText = (names: readonly string[]): string => names.map((name) => `"${name}"`).join(', ');
const sqlUrl = ({ host, port }: NonNullable<Places['sql']>): string => `http://${host}:${port}`;

const curlGuide = (dataset: Guided, { http, sql }: Places): Example[] => [
  {
    name: 'curl (REST)',
    text: curlText({ select: shownColumns(dataset), limit: 10 }, { http, dataset: dataset.id }),
  },
  ...(sql === null
    ? []
    : [
        {
          name: 'curl (SQL)',
          text: `curl -sS "${sqlUrl(sql)}/?default_format=CSVWithNames" \\
  -H "Authorization: Bearer ${KEY_PLACEHOLDER}" \\
  --data-binary '${selectText(dataset, 10)}'`,
        },
      ]),
];

const pythonGuide = (dataset: Guided, { http, sql }: Places): Example[] => [
  ...(sql === null
    ? []
    : [
        {
          name: 'clickhouse-connect',
          text: `# pip install clickhouse-connect pandas
import clickhouse_connect

client = clickhouse_connect.get_client(
    host="${sql.host}", port=${sql.port}, username="${SQL_USER}", password="${KEY_PLACEHOLDER}"
)
frame = client.query_df("${selectText(dataset, PAGE_ROWS)}")
print(frame)`,
        },
      ]),
  {
    name: 'requests',
    text: `# pip install requests
import requests

url = "${http}/api/share/datasets/${dataset.id}/query"
headers = {"Authorization": "Bearer ${KEY_PLACEHOLDER}"}
question = {"select": [${listText(shownColumns(dataset))}], "limit": ${PAGE_ROWS}}
rows = []
while True:
    answer = requests.post(url, json=question, headers=headers, timeout=60)
    answer.raise_for_status()
    page = answer.json()
    rows += page["rows"]
    if page["next"] is None:
        break
    question["cursor"] = page["next"]
print(len(rows), "rows")`,
  },
];

const nodeGuide = (dataset: Guided, { sql }: Places): Example[] =>
  sql === null
    ? []
    : [
        {
          name: 'read.mjs',
          text: `// npm install @clickhouse/client
import { createClient } from '@clickhouse/client';

const client = createClient({
  url: '${sqlUrl(sql)}',
  username: '${SQL_USER}',
  password: '${KEY_PLACEHOLDER}',
});
const answer = await client.query({
  query: '${selectText(dataset, PAGE_ROWS)}',
  format: 'JSONEachRow',
});
console.log(await answer.json());
await client.close();`,
        },
      ];

const dbeaverGuide = (dataset: Guided, { sql }: Places): Example[] =>
  sql === null
    ? []
    : [
        {
          name: 'ClickHouse',
          text: `Host                ${sql.host}
Port                ${sql.port}
Database / Schema   share
Username            ${SQL_USER}
Password            ${KEY_PLACEHOLDER}
JDBC URL            jdbc:clickhouse:${sqlUrl(sql)}/share`,
        },
        { name: 'SQL', text: selectText(dataset, 100) },
      ];

function grafanaGuide(dataset: Guided, { sql }: Places): Example[] {
  if (sql === null) return [];
  const time = dataset.columns.find(({ type }) => type === 'time')?.name;
  const statement =
    time === undefined
      ? selectText(dataset, 100)
      : `select $__timeInterval(${time}) as time, count() as rows
from ${dataset.table}
where $__timeFilter(${time})
group by time
order by time`;
  return [
    {
      name: 'provisioning/datasources/ronghe.yaml',
      text: `apiVersion: 1
datasources:
  - name: Ronghe
    type: grafana-clickhouse-datasource
    jsonData:
      host: ${sql.host}
      port: ${sql.port}
      protocol: http
      defaultDatabase: share
      username: ${SQL_USER}
    secureJsonData:
      password: ${KEY_PLACEHOLDER}`,
    },
    { name: 'SQL', text: statement },
  ];
}

/** Power Query reads page after page by REST; it is the same in Power BI and Excel. */
const queryGuide =
  (name: string) =>
  (dataset: Guided, { http }: Places): Example[] => {
    const columns = listText(shownColumns(dataset));
    return [
      {
        name,
        text: `let
  Ask = (cursor as nullable text) =>
    let
      Question = [select = {${columns}}, limit = ${SHEET_PAGE_ROWS}],
      Whole = if cursor = null then Question else Record.AddField(Question, "cursor", cursor),
      Options = [
        RelativePath = "api/share/datasets/${dataset.id}/query",
        Headers = [Authorization = "Bearer ${KEY_PLACEHOLDER}", #"Content-Type" = "application/json"],
        Content = Json.FromValue(Whole)
      ]
    in
      Json.Document(Web.Contents("${http}", Options)),
  Pages = List.Generate(
    () => Ask(null),
    (page) => page <> null,
    (page) => if page[next] = null then null else Ask(page[next])
  ),
  Rows = List.Combine(List.Transform(Pages, (page) => page[rows])),
  Result = Table.FromRecords(Rows, {${columns}}, MissingField.UseNull)
in
  Result`,
      },
    ];
  };
