import type { Policy } from '@ronghe/contracts';
import { Drawer } from 'antd';
import { useTranslation } from 'react-i18next';
import { DataState } from '../../../components/data-state.tsx';
import { Facts } from '../../../components/figures.tsx';
import { Panel } from '../../../components/page.tsx';
import { Tag } from '../../../components/tags.tsx';
import { useGet } from '../../../lib/query.ts';
import { useFormat } from '../../../lib/use-format.ts';
import { useMaskText } from '../mask-text.ts';
import { changedFields } from './policy-draft.ts';
import { usePolicyText } from './use-policy-text.ts';

/** Every version of a policy, the newest first: who wrote it, and in what it differs from the one before. */
export function VersionsDrawer({ policy, onClose }: { policy: Policy; onClose: () => void }) {
  const { t } = useTranslation();
  const query = useGet<{ items: Policy[] }>(`/api/share/policies/${policy.id}/versions`);
  return (
    <Drawer open onClose={onClose} size={640} title={t('policies.versionsOf', { name: policy.name })}>
      <DataState query={query}>
        {({ items }) => (
          <section
            className="stack"
            aria-label={t('policies.versionsOf', { name: policy.name })}
            // biome-ignore lint/a11y/noNoninteractiveTabindex: a region that scrolls must be reachable by keyboard (WCAG 2.1.1)
            tabIndex={0}
          >
            {items.map((version, index) => (
              <Version key={version.version} version={version} before={items[index + 1] ?? null} />
            ))}
          </section>
        )}
      </DataState>
    </Drawer>
  );
}

function Version({ version, before }: { version: Policy; before: Policy | null }) {
  const { t } = useTranslation();
  const format = useFormat();
  const text = usePolicyText();
  const changed = before === null ? [] : changedFields(version, before);
  const moment = (at: string | null, none: string) => (at === null ? none : format.dateTime(at));
  const { filter } = version.rows;
  return (
    <Panel
      title={t('policies.version', { version: version.version })}
      actions={
        <span className="faint">
          {t('policies.madeBy', { name: version.madeBy, at: format.dateTime(version.madeAt) })}
        </span>
      }
    >
      <Facts
        items={[
          {
            label: t('policies.changedFields'),
            value:
              before === null ? (
                t('policies.firstVersion')
              ) : (
                <span className="row">
                  {changed.map((field) => (
                    <Tag key={field} tone="info" icon={null}>
                      {t(`policies.fields.${field}`)}
                    </Tag>
                  ))}
                </span>
              ),
          },
          { label: t('policies.state'), value: t(`policies.states.${version.state}`) },
          ...(version.revocation === null
            ? []
            : [{ label: t('policies.revocation'), value: version.revocation }]),
          { label: t('policies.name'), value: version.name },
          { label: t('policies.effect'), value: t(`policies.effects.${version.effect}`) },
          { label: t('policies.subject'), value: text.subject(version.subject) },
          { label: t('policies.dataset'), value: text.dataset(version.dataset) },
          {
            label: t('policies.rows'),
            value: (
              <>
                {text.rows(version)}
                {version.rows.organisations && (
                  <div>{version.rows.organisations.join(t('share.listed'))}</div>
                )}
                {filter && <pre className="json">{JSON.stringify(filter, null, 2)}</pre>}
              </>
            ),
          },
          {
            label: t('policies.columns'),
            value: version.columns ? <code>{version.columns.join(', ')}</code> : t('policies.allColumns'),
          },
          {
            label: t('policies.masks'),
            value: <Masks masks={version.masks} />,
          },
          {
            label: t('policies.purposes'),
            value: version.purposes?.join(t('share.listed')) ?? t('policies.anyPurpose'),
          },
          { label: t('policies.from'), value: moment(version.from, t('policies.now')) },
          { label: t('policies.until'), value: moment(version.until, t('policies.forever')) },
          {
            label: t('policies.quota'),
            value:
              Object.keys(version.quota).length === 0 ? '—' : <code>{JSON.stringify(version.quota)}</code>,
          },
          { label: t('policies.reason'), value: version.reason || '—' },
        ]}
      />
    </Panel>
  );
}

function Masks({ masks }: { masks: Policy['masks'] }) {
  const maskText = useMaskText();
  const entries = Object.entries(masks);
  if (entries.length === 0) return '—';
  return entries.map(([column, mask]) => (
    <div key={column}>
      <code>{column}</code> {maskText([mask])}
    </div>
  ));
}
