import { z } from 'zod';
import { ConfigSchema, environmentName } from '../../../server/src/platform/config/config.ts';
import { allowed, code, inputSchemaOf, type Page, page, table } from '../markdown.ts';

/** Every setting of the server, from its schema. */
export const configurationPage: Page = {
  path: 'docs/reference/configuration.md',
  render() {
    const { properties = {} } = inputSchemaOf(z, ConfigSchema);
    // What the schema itself fills in: the JSON schema leaves out defaults of settings that are converted first.
    const defaults: Readonly<Record<string, unknown>> = ConfigSchema.parse({});
    const written = (value: unknown) =>
      value === undefined ? '' : code(typeof value === 'string' ? value : JSON.stringify(value));
    const rows = Object.entries(properties).map(([key, schema]) => [
      code(key),
      code(environmentName(key)),
      written(defaults[key]),
      allowed(schema),
      schema.description ?? '',
    ]);
    return page(
      'Configuration 配置项',
      'A setting is taken from, the later over the earlier: its default, the file `ronghe.yaml` (or the one named by `RONGHE_CONFIG`), the environment, the command line (`--port 9000`). An unknown key or a value that does not fit stops the start with a sentence that names the key, where it stands, and what is allowed.',
      table(['Key', 'Environment', 'Default', 'Allowed', 'Meaning'], rows),
      'The same in a file:\n\n```yaml\nport: 8080\ndata: /var/lib/ronghe\npublicUrl: https://ronghe.example\n```',
    );
  },
};
