import { PlayCircleOutlined, SafetyCertificateOutlined } from '@ant-design/icons';
import { type ConnectionDocument, TRIAL_SECONDS } from '@ronghe/contracts';
import { Button } from 'antd';
import { useTranslation } from 'react-i18next';
import { Failure, Loading } from '../../../components/data-state.tsx';
import { CertificateCard } from './certificate-card.tsx';
import { useEditor } from './editor-context.ts';
import { TrialResult } from './trial-result.tsx';
import { useAsk } from './use-ask.ts';
import { useTrial } from './use-trial.ts';

/** Tries a connection as it stands, without saving it: does the device answer, and with what? */
export function TrialPart({ connection }: { connection: ConnectionDocument }) {
  const { t } = useTranslation();
  const { online, collector } = useEditor();
  const trial = useTrial(connection);
  const certificates = useAsk<'certificates'>(collector.name);
  const runs = collector.report?.connections.some(({ name }) => name === connection.name) ?? false;
  const look = () =>
    void certificates.ask({ kind: 'certificates', connection: connection.name }).catch(() => {});
  return (
    <div className="panel">
      <div className="toolbar">
        <span className="faint">{t('fleet.trial.about', { seconds: TRIAL_SECONDS })}</span>
        <div className="toolbar-end">
          {connection.protocol === 'opcua' && runs && (
            <Button
              icon={<SafetyCertificateOutlined />}
              disabled={!online}
              loading={certificates.busy}
              onClick={look}
            >
              {t('fleet.certificate.waiting')}
            </Button>
          )}
          <Button
            type="primary"
            icon={<PlayCircleOutlined />}
            disabled={!online}
            loading={trial.busy}
            onClick={trial.start}
          >
            {t('fleet.trial.start')}
          </Button>
        </div>
      </div>
      <div className="panel-body stack">
        {!online && <div className="notice">{t('fleet.trial.offline')}</div>}
        {certificates.error && <Failure error={certificates.error} />}
        {certificates.answer?.certificates.length === 0 && (
          <div className="notice good">{t('fleet.certificate.none')}</div>
        )}
        {certificates.answer?.certificates.map((certificate) => (
          <CertificateCard
            key={certificate.thumbprint}
            certificate={certificate}
            connection={connection.name}
            onTrusted={look}
          />
        ))}
        {trial.busy ? <Loading rows={4} /> : <TrialResult trial={trial} connection={connection} />}
      </div>
    </div>
  );
}
