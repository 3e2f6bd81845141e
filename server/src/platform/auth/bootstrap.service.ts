import type { Organisation } from '@ronghe/contracts';
import type { AuthParts } from '#platform/auth/auth.parts.ts';
import { bootstrapScope } from '#platform/auth/login.service.ts';
import { createOrganisationStore } from '#platform/auth/organisation.store.ts';
import { hashPassword, isWeak } from '#platform/auth/password.ts';
import { newPassword } from '#platform/auth/token.ts';
import { createUserStore } from '#platform/auth/user.store.ts';

/** GB/T 2260 code of Jiangxi, the default root organisation. */
const JIANGXI = { path: 'jx', division: '360000' };

/**
 * Makes the root organisation and the user `admin` on an empty database; on any later start it changes nothing, also not
 * when another password is configured. The returned function gives the password only when it was made up here.
 */
export function createBootstrap({ db, audit, clock, ids, config, log }: AuthParts) {
  return async (): Promise<{ password: string | null }> => {
    if (await createUserStore(db).anyUnscoped()) return { password: null };
    const password = config.adminPassword ?? newPassword();
    if (isWeak(password, 'admin'))
      log.warn('the configured adminPassword is weak; change it after signing in');
    const passwordHash = await hashPassword(password);
    const createdAt = clock.now().toISOString();
    const root: Organisation = {
      path: config.organisationPath,
      kind: 'province',
      name: config.organisationName,
      division: config.organisationPath === JIANGXI.path ? JIANGXI.division : null,
      code: null,
      createdAt,
    };
    const admin = {
      id: ids.next(),
      username: 'admin',
      title: '系统管理员',
      organisation: root.path,
      disabled: false,
      createdAt,
    };
    const scope = bootstrapScope(root.path);
    const made = await db.transaction().execute(async (transaction) => {
      const users = createUserStore(transaction);
      await users.lockBootstrapUnscoped();
      if (await users.anyUnscoped()) return false;
      await createOrganisationStore(transaction).insert(scope, root);
      await users.insert(scope, { ...admin, passwordHash });
      await users.setRoles(scope, admin.id, ['administrator']);
      const organisation = { action: 'platform:organisation:create', target: `organisation:${root.path}` };
      await audit.record(scope, { ...organisation, after: root }, transaction);
      const user = { action: 'platform:user:create', target: 'user:admin' };
      await audit.record(scope, { ...user, after: { ...admin, roles: ['administrator'] } }, transaction);
      return true;
    });
    return { password: made && config.adminPassword === undefined ? password : null };
  };
}
