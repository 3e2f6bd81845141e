import type { SourceConnection, SourceLook, SourceTarget } from '@ronghe/contracts';
import { Button } from 'antd';
import { useMemo, useState } from 'react';
import { useTranslation } from 'react-i18next';
import type { Shown, StudioView } from '../studio/column-view.ts';
import { type Draft, gapsOf } from '../studio/draft.ts';
import { Studio } from '../studio/studio.tsx';
import type { PreviewFrom } from '../studio/use-preview.ts';

type MappingStepProps = {
  look: SourceLook;
  draft: Draft;
  connection: SourceConnection;
  target: SourceTarget;
  onChange: (draft: Draft) => void;
  onBack: () => void;
  onNext: () => void;
};

/** What becomes of each column; sure suggestions are taken already. */
export function MappingStep({ look, draft, connection, target, onChange, onBack, onNext }: MappingStepProps) {
  const { t } = useTranslation();
  const [filter, setFilter] = useState<{ search: string; show: Shown }>({ search: '', show: 'all' });
  const view: StudioView = { ...filter, set: (change) => setFilter((known) => ({ ...known, ...change })) };
  const from = useMemo(
    (): PreviewFrom =>
      connection.kind === 'upload'
        ? { kind: 'upload', upload: connection.upload, options: look.options }
        : { kind: 'rows', rows: look.rows.slice(0, 200) },
    [connection, look],
  );
  return (
    <>
      <Studio
        draft={draft}
        onChange={onChange}
        columns={look.columns}
        profile={look.profile}
        suggestion={look.suggestion}
        from={from}
        target={target}
        view={view}
      />
      <div className="wizard-foot">
        <Button onClick={onBack}>{t('wizard.back')}</Button>
        <Button type="primary" disabled={gapsOf(draft).length > 0} onClick={onNext}>
          {t('wizard.mapping.next')}
        </Button>
      </div>
    </>
  );
}
