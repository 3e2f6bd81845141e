import { type Enterprise, type EnterpriseProfile, PROFILE_PARTS } from '@ronghe/contracts';
import { Link } from '@tanstack/react-router';
import { useTranslation } from 'react-i18next';
import { DataState } from '../../../components/data-state.tsx';
import { Panel } from '../../../components/page.tsx';
import { Tag } from '../../../components/tags.tsx';
import { useGet } from '../../../lib/query.ts';
import { useCan } from '../../../lib/session.ts';
import { useFormat, usePick } from '../../../lib/use-format.ts';
import { Meter } from './meter.tsx';

type Part = EnterpriseProfile['parts'][number];

/** How full the profile is, what is missing and where it could come from. */
export function ProfilePanel({ enterprise }: { enterprise: Enterprise }) {
  const { t } = useTranslation();
  const format = useFormat();
  const query = useGet<EnterpriseProfile>(`/api/fuse/enterprises/${enterprise.id}/profile`);
  return (
    <Panel title={t('things.completeness')}>
      <DataState query={query} rows={3}>
        {({ score, parts, version }) => {
          const missing = parts.filter(({ filled }) => !filled).sort((a, b) => b.weight - a.weight);
          return (
            <div className="stack">
              <div className="row">
                <strong>{score === null ? '—' : `${format.number(score, 0)}%`}</strong>
                <div style={{ flex: 1 }}>
                  <Meter label={t('things.completeness')} percent={score ?? 0} />
                </div>
                <span className="faint">
                  {t('things.filledOf', {
                    filled: parts.length - missing.length,
                    all: parts.length,
                    version,
                  })}
                </span>
              </div>
              {missing.length === 0 ? (
                <span className="faint">{t('things.nothingMissing')}</span>
              ) : (
                <ul className="plain-list" aria-label={t('things.missing')}>
                  {missing.map((part) => (
                    <Missing key={part.part} part={part} />
                  ))}
                </ul>
              )}
            </div>
          );
        }}
      </DataState>
    </Panel>
  );
}

function Missing({ part }: { part: Part }) {
  const { t } = useTranslation();
  const pick = usePick();
  const can = useCan();
  return (
    <li className="row" style={{ padding: '3px 0' }}>
      <Tag tone="warn">{pick(PROFILE_PARTS[part.part])}</Tag>
      <span className="faint">{t('things.weight', { weight: part.weight })}</span>
      {part.sources.map(({ id, name, field }) =>
        can('fuse:source:read') ? (
          <Link key={id} to="/fuse/sources/$id" params={{ id }}>
            {name} · {field}
          </Link>
        ) : (
          <span key={id}>
            {name} · {field}
          </span>
        ),
      )}
      {part.sources.length === 0 && (
        <span className="faint">
          {part.templates.length > 0
            ? t('things.byTemplates', { templates: part.templates.join('、') })
            : t('things.byNobody')}
        </span>
      )}
    </li>
  );
}
