import { mkdtempSync, rmSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { loadConfig } from '../../../server/src/platform/config/config.ts';
import { silentLog } from '../../../server/src/platform/log/log.ts';
import type { Page } from '../markdown.ts';

/** The API as the running server describes it: the real application on engines of its own, which never listens. */
export const openapiPage: Page = {
  path: 'docs/reference/openapi.json',
  async render() {
    // Loaded only here: the application brings both engines along.
    const { createApp } = await import('../../../server/src/app.ts');
    const data = mkdtempSync(join(tmpdir(), 'ronghe-docs-'));
    const config = loadConfig({
      environment: {},
      file: join(data, 'none.yaml'),
      overrides: { data: join(data, 'data'), port: 0, mqttPort: 0, sqlPort: 0, logLevel: 'silent' },
    });
    try {
      const app = await createApp({ config, log: silentLog() });
      try {
        await app.http.ready();
        return `${JSON.stringify(app.http.swagger(), null, 1)}\n`;
      } finally {
        await app.stop();
      }
    } finally {
      rmSync(data, { recursive: true, force: true });
    }
  },
};
