import { useTranslation } from 'react-i18next';
import { CopyButton } from '../../../components/copy-button.tsx';
import { Loading } from '../../../components/data-state.tsx';
import { Facts } from '../../../components/figures.tsx';
import { Panel } from '../../../components/page.tsx';
import { Tag } from '../../../components/tags.tsx';
import { useFormat } from '../../../lib/use-format.ts';
import { type Answered, BODY_BYTES_MAX, type CallState } from './use-call.ts';

/** What came back: status, time, headers and body. */
export function AnswerPanel({ state }: { state: CallState }) {
  const { t } = useTranslation();
  if (state.kind === 'idle') return null;
  return (
    <Panel title={t('explorer.answer')}>
      {state.kind === 'waiting' && <Loading rows={4} />}
      {state.kind === 'failed' && <div role="alert">{t('explorer.failed')}</div>}
      {state.kind === 'stopped' && <div role="status">{t('explorer.stopped')}</div>}
      {state.kind === 'answered' && <Answer answer={state.answer} />}
    </Panel>
  );
}

function Answer({ answer }: { answer: Answered }) {
  const { t } = useTranslation();
  const format = useFormat();
  const body = shown(answer);
  return (
    <div className="stack" role="status">
      <Facts
        items={[
          {
            label: t('explorer.request'),
            value: <code>{`${answer.call.method} ${answer.call.url}`}</code>,
          },
          {
            label: t('explorer.status'),
            value: <Tag tone={answer.status < 400 ? 'good' : 'bad'}>{answer.status}</Tag>,
          },
          { label: t('explorer.time'), value: format.duration(answer.elapsedMs) },
          { label: t('explorer.size'), value: format.bytes(answer.bytes) },
        ]}
      />
      <details>
        <summary>{t('explorer.headers')}</summary>
        <pre className="json">{answer.headers.map(([name, value]) => `${name}: ${value}`).join('\n')}</pre>
      </details>
      {answer.cut && <p className="faint">{t('explorer.cut', { size: format.bytes(BODY_BYTES_MAX) })}</p>}
      {body === null ? (
        <p className="faint">{t('explorer.binary', { type: answer.type })}</p>
      ) : body === '' ? (
        <p className="faint">{t('explorer.empty')}</p>
      ) : (
        <section aria-label={t('explorer.answerBody')}>
          <div className="row spread">
            <h3>{t('explorer.answerBody')}</h3>
            <CopyButton text={body} label={`${t('action.copy')} ${t('explorer.answerBody')}`} />
          </div>
          {/* biome-ignore lint/a11y/noNoninteractiveTabindex: a region that scrolls must be reachable by keyboard (WCAG 2.1.1) */}
          <pre className="json explorer-body" tabIndex={0}>
            {body}
          </pre>
        </section>
      )}
    </div>
  );
}

/** JSON is laid out; everything else stands as it came. */
function shown({ text, type, cut }: Answered): string | null {
  if (text === null || cut || !/json/.test(type)) return text;
  try {
    return JSON.stringify(JSON.parse(text), null, 2);
  } catch {
    return text;
  }
}
