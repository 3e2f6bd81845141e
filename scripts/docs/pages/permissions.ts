import { BUILT_IN_ROLES, PERMISSIONS, type Permission } from '@ronghe/contracts';
import { code, type Page, page, table } from '../markdown.ts';

/** Permissions, and which built-in role has which. */
export const permissionsPage: Page = {
  path: 'docs/reference/permissions.md',
  render() {
    const roles = Object.entries(BUILT_IN_ROLES);
    const has = (permissions: readonly Permission[], name: string) =>
      (permissions as readonly string[]).includes(name) ? '●' : '';
    return page(
      'Permissions 权限',
      'A permission is `word:thing:action`. A role is a set of permissions; a user has roles inside one organisation and sees that organisation and everything below it. An API key has a set of permissions and an organisation of its own. Nobody can hand on what they do not have.',
      '## Permissions 权限清单',
      table(
        ['Permission', '名称', 'Meaning'],
        Object.entries(PERMISSIONS).map(([name, { zh, en }]) => [code(name), zh, en]),
      ),
      '## Built-in roles 内置角色',
      table(
        ['Role', '名称', 'Name', 'Permissions'],
        roles.map(([key, { name, permissions }]) => [
          code(key),
          name.zh,
          name.en,
          String(permissions.length),
        ]),
      ),
      '## Who may do what 角色与权限',
      table(
        ['Permission', ...roles.map(([key]) => key)],
        Object.keys(PERMISSIONS).map((name) => [
          code(name),
          ...roles.map(([, { permissions }]) => has(permissions, name)),
        ]),
      ),
    );
  },
};
