import type { Enterprise, Page, ReviewPair } from '@ronghe/contracts';
import { Link, useNavigate } from '@tanstack/react-router';
import { Button } from 'antd';
import { useTranslation } from 'react-i18next';
import { useGet } from '../../../lib/query.ts';
import { addressOfRecord } from './record-address.ts';

type ExplainActsProps = { enterprise: Enterprise; chosen: readonly Enterprise['records'][number][] };

/** From the records of an enterprise: why two of them are one, why another record is not, and what waits for a person. */
export function ExplainActs({ enterprise, chosen }: ExplainActsProps) {
  const { t } = useTranslation();
  const navigate = useNavigate();
  const [one, two] = chosen;
  const first = one ?? enterprise.records[0];
  const explain = (records: readonly (typeof one)[]) => {
    const [a, b] = records.map((record) => (record ? addressOfRecord(record) : undefined));
    const search = { ...(a ? { a } : {}), ...(b ? { b } : {}) };
    void navigate({ to: '/fuse/explain', search });
  };
  return (
    <>
      {enterprise.records.length > 1 && (
        <Button
          disabled={chosen.length !== 2}
          title={t('matching.explain.needTwo')}
          onClick={() => explain([one, two])}
        >
          {t('matching.explain.whySame')}
        </Button>
      )}
      {first && chosen.length < 2 && (
        <Button onClick={() => explain([first])}>{t('matching.explain.whyNotAction')}</Button>
      )}
      <Waiting enterprise={enterprise.id} />
    </>
  );
}

/** Leads to the doubtful pairs of the enterprise, where there are any. */
function Waiting({ enterprise }: { enterprise: string }) {
  const { t } = useTranslation();
  const open = useGet<Page<ReviewPair>>('/api/fuse/review', { state: 'open', enterprise, limit: 1 });
  const count = open.data?.total ?? 0;
  if (count === 0) return null;
  return (
    <Link to="/fuse/review" search={{ enterprise }}>
      {t('matching.explain.waiting', { count })}
    </Link>
  );
}
