import {
  chmodSync,
  chownSync,
  existsSync,
  mkdirSync,
  mkdtempSync,
  readFileSync,
  realpathSync,
  rmSync,
  statSync,
  writeFileSync,
} from 'node:fs';
import { tmpdir } from 'node:os';
import { dirname, join } from 'node:path';
import { AppError } from '#platform/errors/errors.ts';
import type { Log } from '#platform/log/log.ts';

/** The user PostgreSQL runs as when this process is root, because PostgreSQL refuses root. */
export type Account = { uid: number; gid: number };

/** Where a cluster lives: `home` holds `cluster/`, `socket/` and perhaps a copy of the programs. */
export type PostgresPlace = { home: string; cluster: string; account: Account | null };

/** Only used when root's data folder lies where no other user can go, as under /root. */
const SHARED_HOME = '/var/lib/ronghe';
const MOVED = 'moved-to';
/** Longest folder of a socket: 107 bytes for the address on Linux, 103 on macOS, less the file's own name. */
const SOCKET_FOLDER_BYTES_MAX = 88;

/**
 * Makes the folder and decides who runs PostgreSQL. As an ordinary user: this user, in `folder`. As root: the owner of an
 * existing cluster, else the first of the users ronghe, postgres, nobody, daemon; the data folder is then opened for
 * passing through (not for listing). Where that does not help, the cluster goes below /var/lib/ronghe and
 * `folder/moved-to` tells where.
 * @throws AppError ENGINE_START_FAILED when root finds no such user or no such place
 */
export function preparePostgresPlace(folder: string, log: Log): PostgresPlace {
  const root = process.getuid?.() === 0;
  mkdirSync(folder, { recursive: true, mode: root ? 0o711 : 0o700 });
  if (!root) return { home: folder, cluster: join(folder, 'cluster'), account: null };
  const pointer = join(folder, MOVED);
  const known = existsSync(pointer) ? readFileSync(pointer, 'utf8').trim() : null;
  const home = known ?? folder;
  const account = findAccount(join(home, 'cluster'));
  if (known === null && !openPath(folder, account, log)) return moveAway(folder, account, log);
  return { home, cluster: join(home, 'cluster'), account };
}

/** True when `account` may pass every folder on the way and read (and where it is a folder, enter) the end. */
export function isReachable(path: string, account: Account): boolean {
  const steps: string[] = [];
  for (let step = realpathSync(path); ; step = dirname(step)) {
    steps.push(step);
    if (step === dirname(step)) break;
  }
  return steps.every((step, index) => {
    const { mode, uid, gid } = statSync(step);
    const shift = uid === account.uid ? 6 : gid === account.gid ? 3 : 0;
    const needed = index === 0 && !statSync(step).isDirectory() ? 0o4 : 0o1;
    return ((mode >> shift) & needed) === needed;
  });
}

/** A private folder for the Unix socket: in `home`, or a new one in the temporary folder when the path would not fit. */
export function makeSocketFolder({ home, account }: PostgresPlace): { folder: string; remove(): void } {
  const usual = join(home, 'socket');
  const fits = Buffer.byteLength(usual) <= SOCKET_FOLDER_BYTES_MAX;
  const folder = fits ? usual : mkdtempSync(join(tmpdir(), 'ronghe-'));
  makePrivate(folder, account);
  return { folder, remove: () => (fits ? undefined : rmSync(folder, { recursive: true, force: true })) };
}

/** Makes a folder that only the account of PostgreSQL (and root) can enter. */
export function makePrivate(folder: string, account: Account | null): void {
  mkdirSync(folder, { recursive: true, mode: 0o700 });
  chmodSync(folder, 0o700);
  if (account) chownSync(folder, account.uid, account.gid);
}

function findAccount(cluster: string): Account {
  const owner = statSync(cluster, { throwIfNoEntry: false });
  if (owner && owner.uid !== 0) return { uid: owner.uid, gid: owner.gid };
  const users = existsSync('/etc/passwd') ? readFileSync('/etc/passwd', 'utf8').split('\n') : [];
  for (const name of ['ronghe', 'postgres', 'nobody', 'daemon']) {
    const [, , uid, gid] = users.find((line) => line.startsWith(`${name}:`))?.split(':') ?? [];
    if (Number(uid) !== 0 && Number(gid) >= 0) return { uid: Number(uid) >>> 0, gid: Number(gid) >>> 0 };
  }
  throw refuse(
    'it does not run as root, and there is no user ronghe, postgres or nobody; start as another user',
  );
}

/**
 * Opens, for passing through, what is root's own: `folder`, the data folder above it, and what lies above them inside the temporary
 * folder. False when another folder on the way is closed.
 */
function openPath(folder: string, account: Account, log: Log): boolean {
  const own = [folder, dirname(folder)];
  const temporary = `${realpathSync(tmpdir())}/`;
  for (
    let above = dirname(realpathSync(dirname(folder)));
    above.startsWith(temporary);
    above = dirname(above)
  )
    own.push(above);
  for (const step of own) {
    const { mode, uid } = statSync(step);
    if (uid !== 0 || mode & 0o001) continue;
    chmodSync(step, (mode & 0o7777) | 0o011);
    log.info({ folder: step }, 'Opened the folder for passing through: PostgreSQL does not run as root');
  }
  return isReachable(folder, account);
}

function moveAway(folder: string, account: Account, log: Log): PostgresPlace {
  try {
    mkdirSync(SHARED_HOME, { recursive: true, mode: 0o711 });
    if (!isReachable(SHARED_HOME, account)) throw new Error(`${SHARED_HOME} is closed to other users`);
    const home = mkdtempSync(join(SHARED_HOME, 'postgres-'));
    chmodSync(home, 0o711);
    writeFileSync(join(folder, MOVED), `${home}\n`);
    log.warn(
      { folder, home },
      'Started as root in a folder no other user can reach; PostgreSQL keeps its files elsewhere',
    );
    return { home, cluster: join(home, 'cluster'), account };
  } catch (cause) {
    const reason = `started as root, and the user that runs PostgreSQL cannot reach ${folder}; choose another folder with RONGHE_DATA, or start as an ordinary user`;
    throw refuse(reason, cause);
  }
}

const refuse = (reason: string, cause?: unknown) =>
  new AppError(
    'ENGINE_START_FAILED',
    { engine: 'PostgreSQL', reason, setting: 'RONGHE_POSTGRES_URL' },
    { cause },
  );
