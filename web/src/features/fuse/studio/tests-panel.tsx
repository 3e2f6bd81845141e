import { DeleteOutlined, PlayCircleOutlined } from '@ant-design/icons';
import type { MappingTest } from '@ronghe/contracts';
import { Button, Input } from 'antd';
import { useTranslation } from 'react-i18next';
import { Tag } from '../../../components/tags.tsx';
import { useTargets } from '../use-targets.ts';
import type { Draft } from './draft.ts';
import type { Preview } from './use-preview.ts';

type TestsPanelProps = {
  draft: Draft;
  preview: Preview;
  readOnly: boolean;
  onChange: (draft: Draft) => void;
};

/** Rows with what must come out of them: held against every change, with the difference where one fails. */
export function TestsPanel({ draft, preview, readOnly, onChange }: TestsPanelProps) {
  const { t } = useTranslation();
  const results = preview.query.data?.tests ?? [];
  const passed = results.filter((result) => result.passed).length;
  if (draft.tests.length === 0)
    return (
      <div className="empty">
        <strong>{t('studio.tests.empty')}</strong>
        <span>{t('studio.tests.emptyHint')}</span>
      </div>
    );
  const put = (tests: MappingTest[]) => onChange({ ...draft, tests });
  return (
    <div className="stack">
      <div className="row spread">
        <span role="status">{t('studio.tests.passed', { passed, count: draft.tests.length })}</span>
        <Button
          icon={<PlayCircleOutlined />}
          loading={preview.busy}
          onClick={() => void preview.query.refetch()}
        >
          {t('studio.tests.run')}
        </Button>
      </div>
      <ul className="test-list">
        {draft.tests.map((test, at) => (
          // biome-ignore lint/suspicious/noArrayIndexKey: a test is renamed in place, so its name cannot be the key
          <li key={at}>
            <div className="row">
              <TestState result={preview.busy ? undefined : results.find(({ name }) => name === test.name)} />
              <Input
                size="small"
                className="test-name"
                aria-label={t('studio.tests.nameOf', { name: test.name })}
                disabled={readOnly}
                maxLength={200}
                value={test.name}
                onChange={({ target }) =>
                  put(
                    draft.tests.map((known, index) =>
                      index === at ? { ...known, name: target.value } : known,
                    ),
                  )
                }
              />
              {!readOnly && (
                <Button
                  size="small"
                  type="text"
                  icon={<DeleteOutlined />}
                  aria-label={t('studio.tests.remove', { name: test.name })}
                  onClick={() => put(draft.tests.filter((_, index) => index !== at))}
                />
              )}
            </div>
            <Differences result={results.find(({ name }) => name === test.name)} />
          </li>
        ))}
      </ul>
    </div>
  );
}

type Result = NonNullable<Preview['query']['data']>['tests'][number] | undefined;
function TestState({ result }: { result: Result }) {
  const { t } = useTranslation();
  if (!result) return <Tag tone="plain">{t('studio.tests.waiting')}</Tag>;
  return (
    <Tag tone={result.passed ? 'good' : 'bad'}>
      {t(result.passed ? 'studio.tests.pass' : 'studio.tests.fail')}
    </Tag>
  );
}

function Differences({ result }: { result: Result }) {
  const { t } = useTranslation();
  const targets = useTargets();
  if (!result || result.passed) return null;
  return (
    <dl className="diff-fields">
      {result.differences.map(({ to, expected, found }) => (
        <div key={to}>
          <dt>{targets.name(to)}</dt>
          <dd>
            <span className="visually-hidden">{t('studio.tests.expected')} </span>
            <del>{expected ?? '—'}</del>
            <span aria-hidden="true"> → </span>
            <span className="visually-hidden">{t('studio.tests.found')} </span>
            <ins>{found ?? '—'}</ins>
          </dd>
        </div>
      ))}
    </dl>
  );
}
