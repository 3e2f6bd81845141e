import type { Scope } from '#platform/auth/scope.ts';
import type { Http } from '#platform/http/http.ts';
import type { Platform } from '#platform/platform.ts';
import { createAudit } from './audit.service.ts';
import { createHeldIssues } from './held-issues.service.ts';
import { issueRoutes } from './issues.routes.ts';
import { createIssues } from './issues.service.ts';
import { qualityRoutes } from './quality.routes.ts';
import { createQuality } from './quality.service.ts';
import { ruleRoutes } from './rules.routes.ts';
import { createRules } from './rules.service.ts';
import { createIssueWorkbook } from './workbook.service.ts';

/** The room of data quality: rules, audits of runs, issues. `start` brings the shipped rules to their newest version. */
export function createQualityRoom(platform: Platform) {
  const audit = createAudit({ platform });
  const rules = createRules({ platform, audit });
  const issues = createIssues(platform);
  const quality = createQuality({ platform, audit });
  return {
    audit,
    issues,
    heldIssues: createHeldIssues(platform),
    start: (system: Scope) => rules.ship(system),
    async routes(app: Http) {
      await app.register(ruleRoutes(rules));
      await app.register(qualityRoutes(quality));
      await app.register(issueRoutes({ issues, workbook: createIssueWorkbook(platform) }));
    },
  };
}
