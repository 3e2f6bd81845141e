import type {
  AccessRequest,
  AccessRequestProposal,
  AskableColumn,
  DatasetColumn,
  NewPolicy,
  PolicyTrialAnswer,
} from '@ronghe/contracts';
import { Button, Drawer, Input } from 'antd';
import { useState } from 'react';
import { useTranslation } from 'react-i18next';
import { DataState, Loading } from '../../../components/data-state.tsx';
import { Field } from '../../../components/field.tsx';
import { Facts } from '../../../components/figures.tsx';
import { Panel } from '../../../components/page.tsx';
import { useOrganisations } from '../../../lib/organisations.ts';
import { useAsked, useGet, useSend } from '../../../lib/query.ts';
import { useCan } from '../../../lib/session.ts';
import { useFormat, usePick } from '../../../lib/use-format.ts';
import { Refusal } from '../../fuse/refusal.tsx';
import { useNotify } from '../../fuse/use-notify.ts';
import { draftOf, policyOf } from '../policies/policy-draft.ts';
import { MissingFields, PolicySteps, StepButtons, useSteps } from '../policies/policy-steps.tsx';
import { Difference } from '../policies/see-as.tsx';
import { usePolicyText } from '../policies/use-policy-text.ts';
import { RefuseDialog } from './refuse-dialog.tsx';
import { State } from './request-columns.tsx';
import '../../fuse/form.css';
import '../policies/policies.css';

const PATH = '/api/share/access-requests';
type DrawerProps = { id: string; onClose: () => void };

/** A request for data of one's own, and what is answered. */
export function AnswerDrawer({ id, onClose }: DrawerProps) {
  const { t } = useTranslation();
  const can = useCan();
  const query = useGet<AccessRequestProposal>(`${PATH}/${id}`);
  const dataset = query.data?.request.dataset;
  const sees = can('share:dataset:read');
  const columns = useGet<{ items: AskableColumn[] }>(
    `${PATH}/columns`,
    { dataset },
    { enabled: sees && dataset !== undefined },
  );
  const title = t('requests.handleOf', { name: query.data?.request.by.name ?? '' });
  const answers = query.data?.request.state === 'open' && can('share:policy:write');
  const known = !sees || columns.data !== undefined || columns.error !== null;
  if (query.data && answers && known)
    return (
      <Answering
        proposal={query.data}
        columns={(columns.data?.items ?? []).map(asColumn)}
        onClose={onClose}
      />
    );
  return (
    <Drawer open onClose={onClose} size={820} title={title}>
      <DataState query={query} rows={8}>
        {({ request }) => (answers ? <Loading rows={8} /> : <Asked request={request} />)}
      </DataState>
    </Drawer>
  );
}

const asColumn = ({ sight: _sight, key: _key, ...column }: AskableColumn): DatasetColumn => ({
  ...column,
  masks: [],
  partly: false,
});

type AnsweringProps = {
  proposal: AccessRequestProposal;
  columns: readonly DatasetColumn[];
  onClose: () => void;
};
function Answering({ proposal: { request, policy }, columns, onClose }: AnsweringProps) {
  const { t } = useTranslation();
  const notify = useNotify();
  const [draft, setDraft] = useState(() => draftOf(policy, columns));
  const [answer, setAnswer] = useState('');
  const [refuses, setRefuses] = useState(false);
  const steps = useSteps();
  const ready = policyOf(draft, columns);
  const send = useSend(['/api/share']);
  const grant = () =>
    send.mutate(
      { method: 'POST', path: `${PATH}/${request.id}/grant`, body: { policy: ready.policy, answer } },
      {
        onSuccess: () => {
          notify.done(t('requests.granted'));
          onClose();
        },
      },
    );
  return (
    <Drawer
      open
      onClose={onClose}
      size={820}
      title={t('requests.handleOf', { name: request.by.name })}
      footer={
        <div className="row spread">
          <MissingFields missing={ready.missing} />
          <span className="row">
            <Button danger onClick={() => setRefuses(true)}>
              {t('requests.refuse')}
            </Button>
            <StepButtons {...steps} />
            <Button type="primary" loading={send.isPending} disabled={ready.policy === null} onClick={grant}>
              {t('requests.grant')}
            </Button>
          </span>
        </div>
      }
    >
      <div className="stack">
        {send.error && <Refusal error={send.error} />}
        <Asked request={request} />
        <p className="faint">{t('requests.policyLead')}</p>
        <PolicySteps
          {...{ draft, setDraft, columns, steps }}
          fixed
          check={
            <>
              <Field label={t('requests.grantAnswer')} hint={t('requests.grantAnswerHint')}>
                {(id) => (
                  <Input.TextArea
                    id={id}
                    rows={2}
                    maxLength={1_000}
                    value={answer}
                    onChange={({ target }) => setAnswer(target.value)}
                  />
                )}
              </Field>
              <Sight request={request} policy={ready.policy} />
            </>
          }
        />
      </div>
      {refuses && (
        <RefuseDialog
          request={request}
          onClose={() => setRefuses(false)}
          onDone={() => {
            setRefuses(false);
            onClose();
          }}
        />
      )}
    </Drawer>
  );
}

/** What was asked for, by whom and what for. */
function Asked({ request }: { request: AccessRequest }) {
  const { t } = useTranslation();
  const pick = usePick();
  const format = useFormat();
  const organisations = useOrganisations();
  const text = usePolicyText();
  const { by, filter } = request;
  return (
    <Panel title={t('requests.asked')}>
      <Facts
        items={[
          { label: t('requests.by'), value: `${by.name} · ${by.organisationName}` },
          {
            label: t('requests.subject'),
            value:
              request.subject.kind === 'user'
                ? t('policies.subjectText.user', { name: by.name })
                : text.subject(request.subject),
          },
          { label: t('share.title'), value: pick(request.datasetTitle) },
          {
            label: t('requests.columns'),
            value: request.columns.map(({ title }) => pick(title)).join(t('share.listed')),
          },
          {
            label: t('requests.rows'),
            value: (
              <>
                {t('requests.allRows', { organisation: organisations.name(request.organisation) })}
                {filter && <pre className="json">{JSON.stringify(filter, null, 2)}</pre>}
              </>
            ),
          },
          { label: t('requests.purpose'), value: request.purpose },
          { label: t('requests.reason'), value: request.reason || '—' },
          {
            label: t('requests.until'),
            value: request.until === null ? t('policies.forever') : format.dateTime(request.until),
          },
          { label: t('requests.madeAt'), value: format.dateTime(request.madeAt) },
          { label: t('requests.state'), value: <State request={request} /> },
        ]}
      />
    </Panel>
  );
}

type SightProps = { request: AccessRequest; policy: NewPolicy | null };
/** As the asker, before and after; asked for by hand, because it is noted. */
function Sight({ request, policy }: SightProps) {
  const { t } = useTranslation();
  const [shown, setShown] = useState<NewPolicy | null>(null);
  return (
    <section className="stack" aria-label={t('policies.seeAs')}>
      <h3>{t('policies.seeAs')}</h3>
      <p className="faint">{t('requests.sightLead')}</p>
      <div>
        <Button disabled={policy === null} onClick={() => setShown(policy)}>
          {t('requests.sightGo')}
        </Button>
      </div>
      {shown !== null && <Compared id={request.id} policy={shown} />}
    </section>
  );
}

function Compared({ id, policy }: { id: string; policy: NewPolicy }) {
  const now = useTrial(id, null);
  const then = useTrial(id, policy);
  return (
    <DataState query={now}>
      {(before) => (
        <DataState query={then}>{(after) => <Difference before={before} after={after} />}</DataState>
      )}
    </DataState>
  );
}

const useTrial = (id: string, policy: NewPolicy | null) =>
  useAsked<PolicyTrialAnswer>(`${PATH}/${id}/try`, [JSON.stringify(policy)], { policy });
