import { FormOutlined } from '@ant-design/icons';
import type { AccessRequest, Dataset, Page as PageOf } from '@ronghe/contracts';
import { Link } from '@tanstack/react-router';
import { Button } from 'antd';
import { useState } from 'react';
import { useTranslation } from 'react-i18next';
import { useGet } from '../../../lib/query.ts';
import { AskDrawer } from './ask-drawer.tsx';

/** Asks for more of a dataset, and tells of what was asked for already. */
export function AskAccess({ dataset }: { dataset: Dataset }) {
  const { t } = useTranslation();
  const [open, setOpen] = useState(false);
  const asked = useGet<PageOf<AccessRequest>>('/api/share/access-requests/mine', {
    ...{ dataset: dataset.id, state: 'open', limit: 1 },
  });
  const waiting = asked.data?.total ?? 0;
  return (
    <>
      {waiting > 0 && (
        <Link to="/share/requests" search={{ side: 'mine', dataset: dataset.id, state: 'open' }}>
          {t('requests.open', { count: waiting })}
        </Link>
      )}
      <Button icon={<FormOutlined />} onClick={() => setOpen(true)}>
        {t('requests.ask')}
      </Button>
      {open && <AskDrawer dataset={dataset} onClose={() => setOpen(false)} />}
    </>
  );
}
