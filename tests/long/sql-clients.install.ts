import { spawnSync } from 'node:child_process';
import { cpSync, mkdirSync, writeFileSync } from 'node:fs';
import { join } from 'node:path';
import { ROOT } from '../durability/processes.ts';

const PLACE = join(ROOT, '.cache/sql-clients');
const SCRIPTS = join(import.meta.dirname, 'sql-clients');
const INSTALL_MS_MAX = 600_000;
const ASK_MS_MAX = 300_000;

type Door = { host: string; port: number; user: string; password: string };
type Client = { what: string; install(): void; ask(door: Door): string };

/** One line of what a script tells. */
export type Told = { name: string; ok: boolean; said: string };

function run(
  file: string,
  args: readonly string[],
  { cwd = PLACE, timeoutMs = INSTALL_MS_MAX } = {},
): string {
  const { status, stdout, stderr, error } = spawnSync(file, args, {
    cwd,
    timeout: timeoutMs,
    encoding: 'utf8',
    env: { ...process.env, GOFLAGS: '-p=1 -mod=mod' },
  });
  if (status !== 0)
    throw new Error(`${file}: ${error?.message ?? (stderr.trim() || stdout.trim()).slice(-300)}`);
  return stdout;
}
const asking = (file: string, args: readonly string[], cwd = PLACE): string =>
  run(file, args, { cwd, timeoutMs: ASK_MS_MAX });

function python(): Client {
  const folder = join(PLACE, 'python');
  const packages = ['clickhouse-connect==1.12.0', 'pandas==3.1.1', 'pyarrow==26.0.1', 'SQLAlchemy==2.1.9'];
  return {
    what: packages.join(' '),
    install() {
      run('python3', ['-m', 'venv', folder]);
      run(join(folder, 'bin/pip'), ['install', '--quiet', ...packages]);
    },
    ask: ({ host, port, user, password }) =>
      asking(join(folder, 'bin/python'), [
        join(SCRIPTS, 'statements.py'),
        host,
        String(port),
        user,
        password,
      ]),
  };
}

function jdbc(version: string, driver: string): Client {
  const folder = join(PLACE, `jdbc-${version}`);
  return {
    what: `com.clickhouse:clickhouse-jdbc:${version}, ${driver}`,
    install() {
      mkdirSync(folder, { recursive: true });
      writeFileSync(
        join(folder, 'pom.xml'),
        `<project xmlns="http://maven.apache.org/POM/4.0.0"><modelVersion>4.0.0</modelVersion><groupId>x</groupId><artifactId>x</artifactId><version>1</version>
<dependencies><dependency><groupId>com.clickhouse</groupId><artifactId>clickhouse-jdbc</artifactId><version>${version}</version></dependency></dependencies></project>`,
      );
      run('mvn', ['-q', '-B', 'dependency:copy-dependencies', '-DoutputDirectory=lib'], { cwd: folder });
    },
    ask: ({ host, port, user, password }) =>
      asking(
        'java',
        [
          '-cp',
          'lib/*',
          join(SCRIPTS, 'Statements.java'),
          driver,
          `jdbc:clickhouse://${host}:${port}/share`,
          user,
          password,
        ],
        folder,
      ),
  };
}

function go(version: string): Client {
  const folder = join(PLACE, 'go');
  return {
    what: `github.com/ClickHouse/clickhouse-go/v2@${version}`,
    install() {
      mkdirSync(folder, { recursive: true });
      cpSync(join(SCRIPTS, 'statements.go'), join(folder, 'main.go'));
      writeFileSync(join(folder, 'go.mod'), 'module statements\ngo 1.24\n');
      run('go', ['get', `github.com/ClickHouse/clickhouse-go/v2@${version}`], { cwd: folder });
      run('go', ['build', '-buildvcs=false', '-o', 'statements', '.'], { cwd: folder });
    },
    ask: ({ host, port, user, password }) =>
      asking(join(folder, 'statements'), [`${host}:${port}`, user, password]),
  };
}

export const CLIENTS: readonly Client[] = [
  python(),
  jdbc('0.10.0', 'com.clickhouse.jdbc.Driver'),
  jdbc('0.8.6', 'com.clickhouse.jdbc.Driver'),
  jdbc('0.8.6', 'com.clickhouse.jdbc.DriverV1'),
  go('v2.51.0'),
];

/** Installs a client as it is published; null, or why it could not be. */
export function missing(client: Client): string | null {
  try {
    mkdirSync(PLACE, { recursive: true });
    client.install();
    return null;
  } catch (error) {
    return error instanceof Error ? error.message : String(error);
  }
}

export const toldBy = (client: Client, door: Door): Told[] =>
  client
    .ask(door)
    .split('\n')
    .filter((line) => line.includes('\t'))
    .map((line) => {
      const [name = '', how = '', said = ''] = line.split('\t');
      return { name, ok: how === 'OK', said };
    });
