import type { UnknownCertificate } from '@ronghe/contracts';
import { App, Button, Checkbox } from 'antd';
import { useState } from 'react';
import { useTranslation } from 'react-i18next';
import { Failure } from '../../../components/data-state.tsx';
import { Facts } from '../../../components/figures.tsx';
import { useEditor } from './editor-context.ts';
import { useAsk } from './use-ask.ts';

type CertificateCardProps = {
  certificate: UnknownCertificate;
  connection: string;
  onTrusted: () => void;
};

/** Hex in groups of four, as two people compare it over the telephone. */
export const inGroups = (hex: string): string =>
  hex
    .replace(/[^0-9a-f]/gi, '')
    .toUpperCase()
    .replace(/(.{4})(?=.)/g, '$1 ');

/** A certificate that nobody has trusted yet. It is trusted only after a person says that the fingerprint was compared. */
export function CertificateCard({ certificate, connection, onTrusted }: CertificateCardProps) {
  const { t } = useTranslation();
  const { message } = App.useApp();
  const { collector, readOnly } = useEditor();
  const [compared, setCompared] = useState(false);
  const trust = useAsk<'trust'>(collector.name);
  const confirm = async () => {
    await trust.ask({ kind: 'trust', connection, thumbprint: certificate.thumbprint });
    void message.success(t('fleet.certificate.trusted'));
    onTrusted();
  };
  return (
    <section className="field-card warn" aria-label={t('fleet.certificate.title')}>
      <h3>{t('fleet.certificate.title')}</h3>
      <p className="faint">{t('fleet.certificate.text')}</p>
      <Facts
        items={[
          { label: t('fleet.certificate.subject'), value: certificate.subject },
          { label: t('fleet.certificate.issuer'), value: certificate.issuer },
          { label: t('fleet.certificate.application'), value: certificate.applicationUri ?? '—' },
          {
            label: t('fleet.certificate.validity'),
            value: `${certificate.validFrom} — ${certificate.validTo}`,
          },
          {
            label: t('fleet.certificate.fingerprint'),
            value: <code className="fingerprint">{inGroups(certificate.fingerprint)}</code>,
          },
        ]}
      />
      {trust.error && <Failure error={trust.error} />}
      {!readOnly && (
        <div className="row">
          <Checkbox checked={compared} onChange={(event) => setCompared(event.target.checked)}>
            {t('fleet.certificate.compared')}
          </Checkbox>
          <Button
            type="primary"
            disabled={!compared}
            loading={trust.busy}
            onClick={() => void confirm().catch(() => {})}
          >
            {t('fleet.certificate.trust')}
          </Button>
        </div>
      )}
    </section>
  );
}
