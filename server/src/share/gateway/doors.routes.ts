import { ShareDoors } from '@ronghe/contracts';
import type { Http } from '#platform/http/http.ts';

type Doors = { httpUrl: string | null; sqlPort: () => number | null; localOnly: boolean };

/** Tells whoever connects a program where this installation is reached. */
export const doorRoutes =
  ({ httpUrl, sqlPort, localOnly }: Doors) =>
  async (app: Http) => {
    app.get(
      '/api/share/doors',
      {
        config: { permission: 'share:dataset:read' },
        schema: {
          tags: ['share'],
          summary: 'Where programs reach shared data: by REST and in SQL',
          response: { 200: ShareDoors },
        },
      },
      () => ({ httpUrl, sqlPort: sqlPort(), localOnly }),
    );
  };
