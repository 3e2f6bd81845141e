import { ERRORS } from '@ronghe/contracts';
import { code, type Page, page, table } from '../markdown.ts';

/** The error catalog in both languages. */
export const errorsPage: Page = {
  path: 'docs/reference/errors.md',
  render: () =>
    page(
      'Errors 错误码',
      'Every error answer has one shape: `{ "error": { "code", "message", "hint", "requestId", "details" } }`. The code never changes its meaning; message and hint come in the language of the caller (`Accept-Language`), `{name}` is filled in. The doors that speak another system’s protocol answer in that system’s shape.',
      table(
        ['Code', 'HTTP', '说明', '怎么办', 'Message', 'What to do'],
        Object.entries(ERRORS).map(([name, { status, message, hint }]) => [
          code(name),
          String(status),
          message.zh,
          hint.zh,
          message.en,
          hint.en,
        ]),
      ),
    ),
};
