import { systemScope } from '#platform/auth/scope.ts';
import { openRelational } from '#platform/db/postgres.ts';
import { silentLog } from '#platform/log/log.ts';
import type { FuseTables } from '../fuse.tables.ts';
import { createRunOwner } from '../sources/run-owner.store.ts';
import { createRunStore } from '../sources/runs.store.ts';

/** A process that takes a run over, says so, and works on it until it is killed. */
const [postgresUrl = '', run = ''] = process.argv.slice(2);
const relational = await openRelational({ data: '.', postgresUrl }, silentLog());
const db = relational.as<FuseTables>();
const owner = await createRunOwner(db).acquire();
const scope = systemScope({ organisation: 'jx', permissions: [], name: 'dying' });
const begun = await createRunStore(db).begin(scope, { run, owner, at: new Date() });
process.stdout.write(`${begun ? 'begun' : 'refused'}\n`);
setInterval(() => {}, 60_000);
