import { BackupList, Id } from '@ronghe/contracts';
import { z } from 'zod';
import { demandRoot } from '#platform/auth/scope.ts';
import type { Backups } from '#platform/backup/backup.ts';
import type { Http } from '#platform/http/http.ts';
import type { Platform } from '#platform/platform.ts';

const KIND = 'platform.make-backup';
const Started = z.object({ job: Id }).meta({ id: 'BackupStarted' });

/** Backups are of the whole installation, so only the root organisation makes and sees them. */
export function backupRoutes({ jobs, audit }: Pick<Platform, 'jobs' | 'audit'>, backups: Backups) {
  jobs.define({
    kind: KIND,
    title: { zh: '创建备份', en: 'Make a backup' },
    permission: 'platform:backup:write',
    attemptsMax: 1,
    run: async () => ({ ...(await backups.create()) }),
  });
  return async (app: Http) => {
    app.get(
      '/api/platform/backups',
      {
        config: { permission: 'platform:backup:write' },
        schema: { tags: ['platform'], summary: 'Backups on this machine', response: { 200: BackupList } },
      },
      async (request) => {
        demandRoot(request.scope);
        return { items: await backups.list() };
      },
    );

    app.post(
      '/api/platform/backups',
      {
        config: { permission: 'platform:backup:write' },
        schema: {
          tags: ['platform'],
          summary: 'Start a backup of both engines and files; follow the job',
          response: { 202: Started },
        },
      },
      async (request, reply) => {
        demandRoot(request.scope);
        const job = await jobs.enqueue(request.scope, { kind: KIND });
        await audit.record(request.scope, { action: 'platform:backup:write', target: `job ${job}` });
        return reply.code(202).send({ job });
      },
    );
  };
}
