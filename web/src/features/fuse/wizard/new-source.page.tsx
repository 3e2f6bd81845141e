import type { Upload } from '@ronghe/contracts';
import { Link } from '@tanstack/react-router';
import { useEffect, useRef } from 'react';
import { useTranslation } from 'react-i18next';
import { Page } from '../../../components/page.tsx';
import { Refusal } from '../refusal.tsx';
import { LeaveGuard } from '../studio/leave-guard.tsx';
import { ConnectStep } from './connect-step.tsx';
import { worthKeeping } from './kept.ts';
import { LookStep } from './look-step.tsx';
import { MappingStep } from './mapping-step.tsx';
import { NameStep } from './name-step.tsx';
import { ResultStep } from './result-step.tsx';
import { StartStep } from './start-step.tsx';
import { StepBar } from './step-bar.tsx';
import { Unfinished } from './unfinished.tsx';
import { useWizard } from './use-wizard.ts';
import { START, type Wizard } from './wizard-state.ts';
import './wizard.css';

/** From a file or an address to a source that is mapped, checked and searchable. */
export function NewSourcePage() {
  const { t } = useTranslation();
  return (
    <Page
      title={t('wizard.title')}
      lead={t('wizard.lead')}
      above={<Link to="/fuse/sources">{t('fuse.sources.title')}</Link>}
    >
      <Steps />
    </Page>
  );
}

function Steps() {
  const { t } = useTranslation();
  const { wizard, put, set, setError, seen, look, error, busy, kept, resume, drop } = useWizard();
  const takeUpload = (upload: Upload) =>
    void look({ kind: 'upload', upload: upload.id, options: {} }, { kind: 'upload', file: upload.name });
  const { step, connection } = wizard;
  const top = useRef<HTMLDivElement>(null);
  // biome-ignore lint/correctness/useExhaustiveDependencies: a new step is read from its top, as a new page is
  useEffect(() => {
    top.current?.closest('main')?.scrollTo?.(0, 0);
  }, [step]);
  return (
    <div className="stack" ref={top}>
      {worthKeeping(wizard) && (
        <LeaveGuard words={{ title: t('wizard.leave.title'), text: t('wizard.leave.text') }} />
      )}
      {step === 'start' && kept && <Unfinished kept={kept} busy={busy} onResume={resume} onDrop={drop} />}
      <StepBar wizard={wizard} onGo={(next) => put({ step: next })} />
      {error && step !== 'connect' && step !== 'name' ? <Refusal error={error} /> : null}
      {step === 'start' && (
        <StartStep
          busy={busy}
          onUploaded={takeUpload}
          onKind={(kind) => put({ ...START, kind, step: 'connect' })}
          onTemplate={(template) => put({ ...START, ...kindOf(template), template, step: 'connect' })}
        />
      )}
      {step === 'connect' && (
        <ConnectStep
          key={`${wizard.kind} ${wizard.template?.key ?? ''}`}
          {...{ wizard, busy, error }}
          onUploaded={takeUpload}
          onLook={(next) => void look(next, { file: null })}
          onSample={(next, sample) => seen(sample, next)}
          onBack={() => put({ step: 'start' })}
          onEntered={(entered) => set({ entered })}
        />
      )}
      {step === 'look' && wizard.look && connection && (
        <LookStep
          look={wizard.look}
          {...{ connection, busy }}
          onOptions={(options) =>
            (connection.kind === 'upload' || connection.kind === 'folder') &&
            void look({ ...connection, options })
          }
          onBack={() => put({ step: wizard.kind === 'upload' && !wizard.template ? 'start' : 'connect' })}
          onNext={() => put({ step: 'mapping' })}
        />
      )}
      {step === 'mapping' && wizard.look && wizard.draft && connection && (
        <MappingStep
          look={wizard.look}
          draft={wizard.draft}
          connection={connection}
          target={wizard.naming?.target ?? wizard.template?.target ?? wizard.look.suggestion.target}
          onChange={(draft) => set({ draft })}
          onBack={() => put({ step: 'look' })}
          onNext={() => put({ step: 'name' })}
        />
      )}
      {step === 'name' && (
        <NameStep
          wizard={wizard}
          onChange={(naming) => set({ naming })}
          onBack={() => put({ step: 'mapping' })}
          onConnection={(failure) => {
            put({ step: 'connect' });
            setError(failure);
          }}
          onCreated={(created) => put({ created, step: 'result' })}
        />
      )}
      {step === 'result' && wizard.created && (
        <ResultStep created={wizard.created} onAgain={() => put(START)} />
      )}
    </div>
  );
}

/** What a template connects to; its connection has what must be filled in left empty. */
function kindOf(template: NonNullable<Wizard['template']>): Pick<Wizard, 'kind'> {
  return { kind: (template.connection.kind as Wizard['kind'] | undefined) ?? 'upload' };
}
