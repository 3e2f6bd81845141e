import { existsSync } from 'node:fs';
import { join } from 'node:path';

/** Where the scripts of the demo's processes are. */
export type Scripts = {
  server: string;
  edge: string;
  replay: string;
  /** script of a demo child by its name, as `opcua-plant` */
  child(name: string): string;
};

/**
 * Scripts of a built tree: the demo's own lie side by side, the others two folders up.
 * @throws Error when one is not built
 */
export function builtScripts(distFolder: string): Scripts {
  const root = join(distFolder, '..', '..');
  const scripts = {
    server: join(root, 'server/dist/main.js'),
    edge: join(root, 'edge/dist/main.js'),
    replay: join(distFolder, 'replay.js'),
    child: (name: string) => join(distFolder, `${name}.js`),
  };
  for (const script of [scripts.server, scripts.edge, scripts.replay, scripts.child('opcua-plant')])
    if (!existsSync(script))
      throw new Error(`${script} 尚未构建，请用 npm run demo / is not built; use npm run demo`);
  return scripts;
}
