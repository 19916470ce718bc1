import type { DeviceEvent } from '../../api/deviceEvents';
import { TimeAgo } from '../../components/TimeAgo';
import { deviceText } from '../../text/en/device';
import { Tag } from './Section';
import classes from './Section.module.css';

const text = deviceText.events;

export type EventFilter = 'all' | 'refusals' | 'connections';

export const isRefusal = ({ type }: Pick<DeviceEvent, 'type'>): boolean => type !== 'CONNECTED' && type !== 'DISCONNECTED';

export const passes = (filter: EventFilter, event: DeviceEvent): boolean =>
  filter === 'all' || (filter === 'refusals') === isRefusal(event);

const kinds = { CONNECTED: 'good', REFUSED: 'bad', MESSAGE_REFUSED: 'bad', UNKNOWN_TOPIC: 'warn', DISCONNECTED: undefined } as const;

/** One event: what, why, when, and whatever else is known of it. */
export function EventLine({ event }: { event: DeviceEvent }) {
  const kind = kinds[event.type];
  return (
    <li className={classes.item}>
      <div className={classes.line}>
        <Tag {...(kind && { kind })}>{text.types[event.type] ?? event.type}</Tag>
        <strong>{event.reason}</strong>
        {event.times !== undefined && event.times > 1 && <span>{text.times(event.times)}</span>}
        <span className={classes.when}>
          <TimeAgo ts={event.ts} />
        </span>
      </div>
      <div className={classes.facts}>
        <Fact name={text.topic} value={event.topic} />
        <Fact name={text.subject} value={event.subject} />
        <Fact name={text.address} value={event.address} />
        <Fact name={text.clientId} value={event.clientId} />
        <Fact name={text.mqttReason} value={event.mqttReason} />
        <Fact name={text.fingerprint} value={event.fingerprint} />
      </div>
    </li>
  );
}

function Fact({ name, value }: { name: string; value: string | number | undefined }) {
  if (value === undefined || value === '') return null;
  return (
    <span>
      {name} {value}
    </span>
  );
}
