import { Link } from '@tanstack/react-router';
import { Alert } from 'antd';
import { useTranslation } from 'react-i18next';
import { CopyButton } from '../../components/copy-button.tsx';
import { Facts } from '../../components/figures.tsx';
import { Panel } from '../../components/page.tsx';
import { Tabs } from '../../components/tabs.tsx';
import { useOrganisations } from '../../lib/organisations.ts';
import { useCan } from '../../lib/session.ts';
import {
  addressOf,
  DOOR_NAMES,
  type DoorName,
  type Example,
  examplesOf,
  KEY_PLACEHOLDER,
  type Places,
} from './door-examples.ts';
import './intake.css';

type ConnectProps = { places: Places; door: DoorName; onDoor: (door: DoorName) => void };

/** Every way in with its address on this platform and examples to copy. */
export function Connect({ places, door, onDoor }: ConnectProps) {
  const { t } = useTranslation();
  const can = useCan();
  return (
    <div className="stack">
      <div className="row">
        <p>
          {t('intake.connect.lead', { placeholder: KEY_PLACEHOLDER })} {t('intake.connect.keyHint')}
          {!can('platform:key:read') && ` ${t('intake.connect.keyAsk')}`}
        </p>
        {can('platform:key:read') && <Link to="/platform/keys">{t('intake.connect.keyLink')}</Link>}
      </div>
      <div>
        <Tabs
          label={t('intake.connect.label')}
          active={door}
          onChange={onDoor}
          items={DOOR_NAMES.map((name) => ({
            key: name,
            label: t(`intake.connect.doors.${name}.name`),
            children: <Door door={name} places={places} />,
          }))}
        />
      </div>
      <p className="faint">{t('intake.connect.afterwards')}</p>
    </div>
  );
}

function Door({ door, places }: { door: DoorName; places: Places }) {
  const { t } = useTranslation();
  const address = addressOf(door, places);
  return (
    <div className="door">
      <Panel title={t(`intake.connect.doors.${door}.name`)}>
        <div className="stack">
          <p>{t(`intake.connect.doors.${door}.text`)}</p>
          <Facts
            items={[
              {
                label: t('intake.connect.address'),
                value: address === null ? '—' : <code>{address}</code>,
              },
              { label: t('intake.connect.signIn'), value: t(`intake.connect.doors.${door}.signIn`) },
              { label: t('intake.connect.answer'), value: t(`intake.connect.doors.${door}.answer`) },
              { label: t('intake.connect.naming'), value: t(`intake.connect.doors.${door}.naming`) },
            ]}
          />
          <Notices door={door} places={places} />
        </div>
      </Panel>
      <div className="stack">
        {examplesOf(door, places).map((example) => (
          <ExamplePanel key={example.name} example={example} />
        ))}
      </div>
    </div>
  );
}

/** What one must know of this installation before the door works. */
function Notices({ door, places: { doors } }: { door: DoorName; places: Places }) {
  const { t } = useTranslation();
  const organisations = useOrganisations();
  const told = ({ topics, organisation }: { topics: readonly string[]; organisation: string }) => ({
    topics: topics.join(', '),
    organisation: organisations.name(organisation),
  });
  if (door === 'kafka') {
    const { kafka } = doors;
    return <p>{kafka ? t('intake.connect.kafkaOn', told(kafka)) : t('intake.connect.kafkaOff')}</p>;
  }
  if (door !== 'mqtt' && door !== 'sparkplug') return null;
  return (
    <>
      {doors.mqtt === null && <Alert type="warning" showIcon title={t('intake.connect.mqttClosed')} />}
      {doors.mqtt?.localOnly && <Alert type="info" showIcon title={t('intake.connect.localOnly')} />}
      {doors.broker && <p>{t('intake.connect.broker', told(doors.broker))}</p>}
    </>
  );
}

function ExamplePanel({ example: { name, text } }: { example: Example }) {
  const { t } = useTranslation();
  return (
    <Panel
      title={<code>{name}</code>}
      actions={<CopyButton text={text} label={t('intake.connect.copy', { name })} />}
      flush
    >
      {/* biome-ignore lint/a11y/noNoninteractiveTabindex: a region that scrolls must be reachable by keyboard (WCAG 2.1.1) */}
      <section className="example" aria-label={name} tabIndex={0}>
        <pre>{marked(text)}</pre>
      </section>
    </Panel>
  );
}

/** The place of the key stands out, by weight and a line, not by colour alone. */
function marked(text: string) {
  const parts = text.split(KEY_PLACEHOLDER);
  return parts.map((part, index) => (
    // biome-ignore lint/suspicious/noArrayIndexKey: the parts of a constant text keep their places
    <span key={index}>
      {index > 0 && <mark>{KEY_PLACEHOLDER}</mark>}
      {part}
    </span>
  ));
}
