import { CheckOutlined } from '@ant-design/icons';
import { useTranslation } from 'react-i18next';
import { STEPS, type Step, type Wizard } from './wizard-state.ts';

/** Where one is, what is done, and the way back to it; after the source is made there is none. */
export function StepBar({ wizard, onGo }: { wizard: Wizard; onGo: (step: Step) => void }) {
  const { t } = useTranslation();
  // A file that is dropped needs no connection.
  const steps = STEPS.filter(
    (step) => step !== 'connect' || wizard.kind !== 'upload' || wizard.template !== null,
  );
  const at = steps.indexOf(wizard.step);
  return (
    <nav aria-label={t('wizard.steps')}>
      <ol className="step-bar">
        {steps.map((step, index) => {
          const state = index < at ? 'done' : index === at ? 'now' : 'ahead';
          const text = (
            <>
              <span className="step-number" aria-hidden="true">
                {state === 'done' ? <CheckOutlined /> : index + 1}
              </span>
              {t(`wizard.step.${step}`)}
            </>
          );
          return (
            <li
              key={step}
              className={state}
              {...(state === 'now' ? { 'aria-current': 'step' as const } : {})}
            >
              {state === 'done' && wizard.created === null ? (
                <button type="button" className="plain" onClick={() => onGo(step)}>
                  {text}
                </button>
              ) : (
                <span>{text}</span>
              )}
            </li>
          );
        })}
      </ol>
    </nav>
  );
}
