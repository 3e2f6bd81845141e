import {
  CHANNEL_KIND_NAMES,
  type Channel,
  type ChannelKind,
  type ChannelMade,
  type NewChannel,
} from '@ronghe/contracts';
import { Button, Drawer, Input, Radio, Select } from 'antd';
import { useState } from 'react';
import { useTranslation } from 'react-i18next';
import { Field, OrganisationField } from '../../components/field.tsx';
import { useSend } from '../../lib/query.ts';
import { useMe } from '../../lib/session.ts';
import { Refusal } from '../fuse/refusal.tsx';
import { useNotify } from '../fuse/use-notify.ts';

type Draft = {
  name: string;
  organisation: string;
  locale: 'zh-CN' | 'en';
  kind: ChannelKind;
  url: string;
  secret: string;
  to: string;
};
type Props = { channel: Channel | null; onClose: () => void; onSecret: (secret: string) => void };

/** Writes a channel; what is secret is asked for and never shown. */
export function ChannelDrawer({ channel, onClose, onSecret }: Props) {
  const { t } = useTranslation();
  const notify = useNotify();
  const me = useMe();
  const [draft, setDraft] = useState<Draft>({
    name: channel?.name ?? '',
    organisation: channel?.organisation ?? me?.organisation ?? '',
    locale: channel?.locale ?? 'zh-CN',
    kind: channel?.kind ?? 'webhook',
    url: '',
    secret: '',
    to: channel?.kind === 'email' ? channel.leadsTo.split(', ').join('\n') : '',
  });
  const put = (more: Partial<Draft>) => setDraft({ ...draft, ...more });
  const send = useSend<ChannelMade, NewChannel>(['/api/apply/channels']);
  const save = () =>
    send.mutate(
      {
        method: channel ? 'PUT' : 'POST',
        path: channel ? `/api/apply/channels/${channel.id}` : '/api/apply/channels',
        body: channelOf(draft),
      },
      {
        onSuccess: ({ secret }) => {
          notify.done(t('channels.saved'));
          if (secret !== null) onSecret(secret);
          onClose();
        },
      },
    );
  const needsUrl = draft.kind === 'webhook' || (draft.kind !== 'email' && channel === null);
  const isComplete =
    draft.name.trim() !== '' &&
    (draft.kind === 'email' ? draft.to.trim() !== '' : !needsUrl || draft.url.trim() !== '');
  return (
    <Drawer
      open
      onClose={onClose}
      size={560}
      title={channel ? t('channels.editOf', { name: channel.name }) : t('channels.add')}
      footer={
        <div className="row" style={{ justifyContent: 'flex-end' }}>
          <Button onClick={onClose}>{t('action.cancel')}</Button>
          <Button type="primary" disabled={!isComplete} loading={send.isPending} onClick={save}>
            {t('action.save')}
          </Button>
        </div>
      }
    >
      <div className="stack">
        {send.error && <Refusal error={send.error} />}
        <NameFields draft={draft} put={put} isNew={channel === null} />
        {draft.kind === 'email' ? (
          <Field label={t('channels.to')} hint={t('channels.toHint')}>
            {(id) => (
              <Input.TextArea
                id={id}
                rows={4}
                value={draft.to}
                onChange={({ target }) => put({ to: target.value })}
              />
            )}
          </Field>
        ) : (
          <AddressFields draft={draft} put={put} isNew={channel === null} />
        )}
      </div>
    </Drawer>
  );
}

type FieldsProps = { draft: Draft; put: (more: Partial<Draft>) => void; isNew: boolean };
function NameFields({ draft, put, isNew }: FieldsProps) {
  const { t } = useTranslation();
  return (
    <>
      <Field label={t('channels.name')}>
        {(id) => (
          <Input
            id={id}
            maxLength={100}
            value={draft.name}
            onChange={({ target }) => put({ name: target.value })}
          />
        )}
      </Field>
      {isNew && (
        <>
          <OrganisationField
            label={t('channels.organisation')}
            value={draft.organisation}
            onChange={(organisation) => put({ organisation })}
          />
          <Field label={t('channels.kind')}>
            {(id) => (
              <Select
                id={id}
                value={draft.kind}
                onChange={(kind) => put({ kind })}
                options={CHANNEL_KIND_NAMES.map((value) => ({ value, label: t(`channels.kinds.${value}`) }))}
              />
            )}
          </Field>
        </>
      )}
      <div className="form-field">
        <span id="channel-locale">{t('channels.locale')}</span>
        <Radio.Group
          aria-labelledby="channel-locale"
          value={draft.locale}
          onChange={({ target }) => put({ locale: target.value })}
          options={(['zh-CN', 'en'] as const).map((value) => ({
            value,
            label: t(`channels.locales.${value}`),
          }))}
        />
      </div>
    </>
  );
}

function AddressFields({ draft, put, isNew }: FieldsProps) {
  const { t } = useTranslation();
  const isHook = draft.kind === 'webhook';
  const urlHint = [isHook ? '' : t('channels.urlHint'), isNew || isHook ? '' : t('channels.urlKept')].join(
    '',
  );
  return (
    <>
      <Field label={t('channels.url')} hint={urlHint}>
        {(id) => (
          <Input
            id={id}
            type={isHook ? 'text' : 'password'}
            autoComplete="off"
            maxLength={1_000}
            value={draft.url}
            onChange={({ target }) => put({ url: target.value })}
          />
        )}
      </Field>
      {draft.kind !== 'wecom' && (
        <Field
          label={t('channels.secret')}
          hint={t(isHook ? 'channels.webhookSecretHint' : 'channels.secretHint')}
        >
          {(id) => (
            <Input
              id={id}
              type="password"
              autoComplete="off"
              maxLength={200}
              value={draft.secret}
              onChange={({ target }) => put({ secret: target.value })}
            />
          )}
        </Field>
      )}
    </>
  );
}

function channelOf({ name, organisation, locale, kind, url, secret, to }: Draft): NewChannel {
  const given = {
    ...(secret.trim() === '' ? {} : { secret: secret.trim() }),
    ...(url.trim() === '' ? {} : { url: url.trim() }),
  };
  const whole = { name: name.trim(), organisation, locale };
  if (kind === 'email')
    return {
      ...whole,
      destination: { kind, to: to.split(/[\s,;，；]+/).filter((address) => address !== '') },
    };
  if (kind === 'webhook') return { ...whole, destination: { kind, ...given, url: url.trim() } };
  return { ...whole, destination: { kind, ...given } };
}
