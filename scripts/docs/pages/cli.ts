import { COMMANDS } from '../../../cli/src/commands.ts';
import { code, type Page, page, table } from '../markdown.ts';

/** The commands of the command line, from its table. */
export const cliPage: Page = {
  path: 'docs/reference/cli.md',
  render: () =>
    page(
      'Command line 命令行',
      'After `npm start` or `npm run demo` has built it: `node cli/bin/ronghe.mjs <command>`, or `npx ronghe <command>` inside the repository. Except for those that start or restore something, commands speak HTTP with a running platform.',
      table(
        ['Command', '说明', 'Meaning'],
        COMMANDS.map(({ usage, summary }) => [code(usage), summary.zh, summary.en]),
      ),
      table(
        ['Where from', 'What for'],
        [
          ['`--url` or `RONGHE_CLI_URL`', 'address of the platform, `http://127.0.0.1:8080` when left out'],
          ['`RONGHE_CLI_KEY`', 'API key to call with'],
          [
            '`--username` and `RONGHE_CLI_PASSWORD`',
            'user to sign in as, `admin` when left out, when there is no key',
          ],
          ['`RONGHE_CLI_NEW_PASSWORD`', 'password that a command sets'],
        ],
      ),
    ),
};
