import type { Configuration, ConfigurationState } from '@ronghe/contracts';
import { Alert, Button, Modal } from 'antd';
import { useState } from 'react';
import { useTranslation } from 'react-i18next';
import { DataState } from '../../../components/data-state.tsx';
import { useGet } from '../../../lib/query.ts';
import { useFormat } from '../../../lib/use-format.ts';
import { diffConfigurations } from './config-diff.ts';
import { rebase } from './config-rebase.ts';
import { configurationPath } from './configuration-path.ts';
import { DiffView } from './diff-view.tsx';
import type { DraftState } from './use-draft.ts';

/** What a draft began with that began with nothing. */
const NOTHING: readonly never[] = [];

type NoticeProps = { draft: DraftState; state: ConfigurationState; collector: string };

/** Somebody saved since this draft began: who, what, and the way to put the draft on top of it. */
export function OutdatedNotice({ draft, state, collector }: NoticeProps) {
  const { t } = useTranslation();
  const format = useFormat();
  const [comparing, setComparing] = useState(false);
  const { newest } = state;
  return (
    <div className="notice bad" role="alert">
      <div className="stack">
        <span>
          {newest
            ? t('fleet.outdated.text', {
                version: newest.version,
                who: newest.madeBy,
                when: format.dateTime(newest.madeAt),
                base: draft.draft?.base ?? 0,
              })
            : t('fleet.outdated.gone')}
        </span>
        <span className="row">
          <Button size="small" type="primary" onClick={() => setComparing(true)}>
            {t('fleet.outdated.compare')}
          </Button>
          <Button size="small" onClick={draft.discard}>
            {t('fleet.outdated.take')}
          </Button>
        </span>
      </div>
      {comparing && <Comparison {...{ draft, state, collector }} onClose={() => setComparing(false)} />}
    </div>
  );
}

function Comparison({ draft, state, collector, onClose }: NoticeProps & { onClose: () => void }) {
  const { t } = useTranslation();
  const base = draft.draft?.base ?? null;
  const query = useGet<Configuration>(
    `${configurationPath(collector)}/versions/${base}`,
    {},
    { enabled: base !== null },
  );
  const begun = base === null ? NOTHING : query.data?.document;
  const theirs = state.newest?.document ?? [];
  const merged = begun && rebase(begun, draft.connections, theirs);
  const put = () => {
    if (merged) draft.rebased(state.newest?.version ?? null, merged.connections);
    onClose();
  };
  return (
    <Modal
      open
      width={860}
      title={t('fleet.outdated.title')}
      okText={t('fleet.outdated.rebase')}
      okButtonProps={{ disabled: !merged }}
      onOk={put}
      onCancel={onClose}
    >
      <DataState<unknown> query={base === null ? { ...query, data: NOTHING } : query}>
        {() => (
          <div className="stack">
            <h3>{t('fleet.outdated.theirs')}</h3>
            <DiffView diff={diffConfigurations(begun ?? [], theirs, state.protocols)} />
            <h3>{t('fleet.outdated.mine')}</h3>
            <DiffView diff={diffConfigurations(theirs, merged?.connections ?? [], state.protocols)} />
            {merged && merged.both.length > 0 && (
              <Alert
                type="warning"
                showIcon
                title={t('fleet.outdated.both', { count: merged.both.length })}
                description={merged.both.slice(0, 20).join(' · ')}
              />
            )}
          </div>
        )}
      </DataState>
    </Modal>
  );
}
