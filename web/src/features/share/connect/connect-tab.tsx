import type { Dataset } from '@ronghe/contracts';
import { Link } from '@tanstack/react-router';
import { Alert } from 'antd';
import { useTranslation } from 'react-i18next';
import { Tabs } from '../../../components/tabs.tsx';
import { useSearchState } from '../../../lib/search.ts';
import { useCan } from '../../../lib/session.ts';
import { KEY_PLACEHOLDER } from '../../ingest/door-examples.ts';
import { CodePanel } from '../code-panel.tsx';
import { usePlaces } from '../use-places.ts';
import { GUIDE_NAMES, type GuideName, guideOf, NEEDS_SQL } from './guides.ts';

/** How a program reaches this dataset, with addresses that are right here. */
export function ConnectTab({ dataset }: { dataset: Dataset }) {
  const { t } = useTranslation();
  const can = useCan();
  const search = useSearchState();
  const places = usePlaces();
  const active = GUIDE_NAMES.find((name) => name === search.values.guide) ?? 'curl';
  return (
    <div>
      <div className="row">
        <p>
          {t('share.connect.lead', { placeholder: KEY_PLACEHOLDER })}
          {!can('platform:key:read') && ` ${t('share.connect.keyAsk')}`}
        </p>
        <a href="/api/share/openapi.json" download="ronghe-share.openapi.json">
          {t('share.connect.openApi')}
        </a>
        {can('platform:key:read') && <Link to="/platform/keys">{t('share.connect.keyLink')}</Link>}
      </div>
      {places.localOnly && (
        <Alert
          type="warning"
          showIcon
          title={t('share.connect.localOnly')}
          description={t('share.connect.localOnlyHint')}
        />
      )}
      <Tabs
        label={t('share.connect.label')}
        active={active}
        onChange={(guide) => search.set({ guide })}
        items={GUIDE_NAMES.map((key) => ({
          key,
          label: t(`share.connect.guides.${key}.name`),
          children: <Guide guide={key} dataset={dataset} places={places} />,
        }))}
      />
    </div>
  );
}

type GuideProps = { guide: GuideName; dataset: Dataset; places: ReturnType<typeof usePlaces> };
function Guide({ guide, dataset, places }: GuideProps) {
  const { t } = useTranslation();
  const examples = guideOf(guide, dataset, places);
  return (
    <div className="stack">
      <p>{t(`share.connect.guides.${guide}.text`)}</p>
      {places.asked &&
        places.sql === null &&
        (NEEDS_SQL.has(guide) || guide === 'python' || guide === 'curl') && (
          <Alert
            type="info"
            showIcon
            title={t('share.connect.sqlClosed')}
            description={t('share.connect.sqlClosedHint')}
          />
        )}
      {examples.map(({ name, text }) => (
        <CodePanel key={name} name={name} text={text} copy={t('share.connect.copy', { name })} />
      ))}
    </div>
  );
}
