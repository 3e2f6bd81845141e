import { openRelational } from '#platform/db/postgres.ts';
import { jobsOn, scopeOf } from '#platform/jobs/jobs.testing.ts';
import { silentLog } from '#platform/log/log.ts';

// A server process that takes a job, says so on standard output and never ends it: made to be killed.
const postgresUrl = process.argv[2];
const relational = await openRelational({ data: 'unused', postgresUrl }, silentLog());
const { jobs } = jobsOn(relational);
jobs.define({
  kind: 'platform.test-killed',
  title: { zh: '被杀', en: 'Killed' },
  async run({ job }) {
    process.stdout.write(`running ${job.id} ${job.attempt}\n`);
    return new Promise(() => undefined);
  },
});
await jobs.enqueue(scopeOf('jx'), { kind: 'platform.test-killed' });
await jobs.start();
