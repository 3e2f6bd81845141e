import type { LabelledFigures, MatchModel, MatchThresholds } from '@ronghe/contracts';
import { Button, InputNumber } from 'antd';
import { useId, useState } from 'react';
import { useTranslation } from 'react-i18next';
import { Panel } from '../../../components/page.tsx';
import { useSend } from '../../../lib/query.ts';
import { useCan } from '../../../lib/session.ts';
import { useFormat } from '../../../lib/use-format.ts';
import { ReasonDialog } from '../golden/reason-dialog.tsx';
import { useNotify } from '../use-notify.ts';
import { outcomeOf } from './threshold-effect.ts';
import { useShare } from './verdict-tag.tsx';
import { probabilityOf, type Thresholds } from './waterfall-steps.ts';
import './model.css';

const MOST = 60;
const REVIEW_LEAST = -20;
type ThresholdsPanelProps = { model: MatchModel; active: MatchModel; labelled: LabelledFigures | null };

/** From which weights on pairs are merged or asked about; a change makes a new version and says first what it would do. */
export function ThresholdsPanel({ model, active, labelled }: ThresholdsPanelProps) {
  const { t } = useTranslation();
  const may = useCan()('fuse:model:write');
  const [edited, setEdited] = useState<Thresholds>({ match: model.match, review: model.review });
  const [saving, setSaving] = useState(false);
  const isChanged = edited.match !== model.match || edited.review !== model.review;
  const isOrdered = edited.review <= edited.match;
  return (
    <Panel
      title={`${t('matching.model.thresholds')} · ${t('matching.model.version')} ${model.version}`}
      actions={
        may &&
        isChanged && (
          <span className="row">
            <Button onClick={() => setEdited({ match: model.match, review: model.review })}>
              {t('matching.model.reset')}
            </Button>
            <Button type="primary" disabled={!isOrdered} onClick={() => setSaving(true)}>
              {t('matching.model.save')}
            </Button>
          </span>
        )
      }
    >
      <div className="stack">
        <div className="threshold-fields">
          <Field
            label={t('matching.model.match')}
            value={edited.match}
            least={0}
            disabled={!may}
            onChange={(match) => setEdited({ ...edited, match })}
          />
          <Field
            label={t('matching.model.review')}
            value={edited.review}
            least={REVIEW_LEAST}
            disabled={!may}
            onChange={(review) => setEdited({ ...edited, review })}
          />
        </div>
        {!isOrdered && (
          <span role="alert" className="field-error">
            {t('matching.model.order')}
          </span>
        )}
        {isChanged && labelled && (
          <Effect labelled={labelled} model={model} active={active} edited={edited} />
        )}
      </div>
      {saving && <SaveDialog base={model.version} content={edited} onClose={() => setSaving(false)} />}
    </Panel>
  );
}

type FieldProps = {
  label: string;
  value: number;
  least: number;
  disabled: boolean;
  onChange: (value: number) => void;
};
function Field({ label, value, least, disabled, onChange }: FieldProps) {
  const { t } = useTranslation();
  const share = useShare();
  const id = useId();
  return (
    <div>
      <label htmlFor={id}>{label}</label>
      <span className="row">
        <InputNumber
          id={id}
          min={least}
          max={MOST}
          step={0.5}
          precision={2}
          value={value}
          disabled={disabled}
          onChange={(next) => next !== null && onChange(next)}
        />
        <span className="faint">{t('matching.model.as', { probability: share(probabilityOf(value)) })}</span>
      </span>
    </div>
  );
}

type EffectProps = { labelled: LabelledFigures; model: MatchModel; active: MatchModel; edited: Thresholds };
/** Only as much as the figures tell: the weights of the pairs that the model in use gets wrong. */
function Effect({ labelled, model, active, edited }: EffectProps) {
  const { t } = useTranslation();
  const format = useFormat();
  if (labelled.wrong.length === 0) return <p className="faint">{t('matching.model.effectNone')}</p>;
  const before = outcomeOf(labelled.wrong, active);
  const after = outcomeOf(labelled.wrong, edited);
  const change = (key: keyof typeof before) => ({
    before: format.number(before[key], 0),
    after: format.number(after[key], 0),
  });
  return (
    <section className="plain-lines" aria-label={t('matching.model.effect')} aria-live="polite">
      <h3>{t('matching.model.effect')}</h3>
      <span>{t('matching.model.effectLinks', change('links'))}</span>
      <span>{t('matching.model.effectMisses', change('misses'))}</span>
      <span>{t('matching.model.effectAsked', change('asked'))}</span>
      <span className="faint">{t('matching.model.effectLead')}</span>
      {model.version !== active.version && (
        <span className="faint">{t('matching.model.effectOther', { version: active.version })}</span>
      )}
    </section>
  );
}

type SaveDialogProps = { base: number; content: Thresholds; onClose: () => void };
function SaveDialog({ base, content, onClose }: SaveDialogProps) {
  const { t } = useTranslation();
  const notify = useNotify();
  const send = useSend<MatchModel, MatchThresholds>(['/api/fuse/matching']);
  const save = async (note: string) => {
    try {
      const body = { base, ...content, note };
      const { version } = await send.mutateAsync({ method: 'POST', path: '/api/fuse/matching/models', body });
      notify.done(t('matching.model.saved', { version }));
      onClose();
    } catch {
      // Said in the dialog.
    }
  };
  return (
    <ReasonDialog
      title={t('matching.model.saveTitle')}
      lead={t('matching.model.saveLead')}
      action={t('matching.model.save')}
      busy={send.isPending}
      error={send.error}
      onClose={onClose}
      onSend={(note) => void save(note)}
    />
  );
}
