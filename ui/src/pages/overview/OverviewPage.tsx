import { Button, Skeleton, Title } from '@mantine/core';
import { IconChevronRight, IconDoorOff, IconShieldCheck } from '@tabler/icons-react';
import { useQuery } from '@tanstack/react-query';
import { Link } from 'wouter';
import { overview, type Overview } from '../../api/overview';
import type { Refusal } from '../../api/refusals';
import { keys } from '../../app/keys';
import { paths } from '../../app/paths';
import { useUser } from '../../app/session';
import { ErrorNote } from '../../components/ErrorNote';
import { Notice } from '../../components/Notice';
import { PageFrame } from '../../components/PageFrame';
import { TimeAgo } from '../../components/TimeAgo';
import { useTitle } from '../../components/useTitle';
import { operations } from '../../text/en/operations';
import classes from './OverviewPage.module.css';
import { RatePanel } from './RatePanel';
import { whole } from '../../text/number';

const text = operations.overview;
const EVERY = 2000;
const all = (filter: string): string => `${paths.group('all')}${filter}`;

/** What an operator looks at first; each number leads to the list behind it. */
export default function OverviewPage() {
  useTitle(text.title);
  const query = useQuery({ queryKey: keys.overview, queryFn: ({ signal }) => overview(signal), refetchInterval: EVERY });
  const { data } = query;
  return (
    <PageFrame title={text.title} note={data && <Live />}>
      {data ? (
        <Numbers data={data} />
      ) : query.error !== null ? (
        <ErrorNote error={query.error} onRetry={() => void query.refetch()} />
      ) : (
        <div className={classes.tiles} aria-busy>
          {[0, 1, 2, 3].map((n) => (
            <Skeleton key={n} height={112} radius={12} />
          ))}
        </div>
      )}
    </PageFrame>
  );
}

function Live() {
  return (
    <span className={classes.live}>
      <span className={classes.dot} aria-hidden />
      {text.live}
    </span>
  );
}

function Numbers({ data }: { data: Overview }) {
  const { devices, refusals } = data;
  return (
    <div className={classes.root}>
      {devices.total === 0 && (
        <Notice kind="info">
          {text.first}
          <div>
            <Button mt={6} size="compact-sm" variant="default" component={Link} href={all('')}>
              {text.firstAction}
            </Button>
          </div>
        </Notice>
      )}
      <div className={classes.tiles}>
        <Tile href={all('')} name={text.devices} value={devices.total} note={text.connected(data.connections)} />
        <Tile href={all('?active=true')} name={text.active} value={devices.active} note={text.inactive(devices.inactive)} kind="good" />
        <Tile href={all('?neverConnected=true')} name={text.never} value={devices.neverConnected} note={text.neverHint} />
        <Tile
          href={`${paths.door}?time=hour`}
          name={text.refused}
          value={refusals.lastHour}
          note={text.attempts(refusals.attemptsLastHour)}
          kind={refusals.lastHour > 0 ? 'bad' : undefined}
        />
      </div>
      <div className={classes.panels}>
        <Certificates {...data.certificates} />
        {data.messagesPerSecond !== null && <RatePanel rate={data.messagesPerSecond} ts={data.ts} />}
      </div>
      <LastRefusals list={refusals.last} />
    </div>
  );
}

interface TileProps {
  href: string;
  name: string;
  value: number;
  note: string;
  kind?: 'good' | 'bad' | undefined;
}

function Tile({ href, name, value, note, kind }: TileProps) {
  return (
    <Link href={href} className={classes.tile} data-kind={kind}>
      <span className={classes.name}>{name}</span>
      <span className={classes.value}>{whole(value)}</span>
      <span className={classes.note}>{note}</span>
    </Link>
  );
}

function Certificates({ expired, expiringIn1Day, expiringIn7Days, expiringIn30Days }: Overview['certificates']) {
  const ending = (days: 1 | 7 | 30) => all(`?certificate=expiring&expiringDays=${days}`);
  const rows = [
    { name: text.expired, n: expired, href: all('?certificate=expired'), kind: 'bad' },
    { name: text.within[1], n: expiringIn1Day, href: ending(1), kind: 'bad' },
    { name: text.within[7], n: expiringIn7Days, href: ending(7), kind: 'warn' },
    { name: text.within[30], n: expiringIn30Days, href: ending(30), kind: 'warn' },
  ];
  const fine = expired === 0 && expiringIn30Days === 0;
  return (
    <section className={classes.panel} aria-labelledby="overview-certificates">
      <Title order={2} id="overview-certificates" className={classes.panelTitle}>
        {text.certificates}
      </Title>
      <ul className={classes.rows}>
        {rows.map(({ name, n, href, kind }) => (
          <li key={name}>
            <Link href={href} className={classes.row}>
              <span>{name}</span>
              <span className={classes.badge} data-kind={n > 0 ? kind : undefined}>
                {whole(n)}
              </span>
              <IconChevronRight size={15} stroke={1.7} className={classes.arrow} aria-hidden />
            </Link>
          </li>
        ))}
      </ul>
      {fine && (
        <p className={classes.fine}>
          <IconShieldCheck size={17} stroke={1.7} aria-hidden />
          {text.certificatesFine}
        </p>
      )}
    </section>
  );
}

function LastRefusals({ list }: { list: Refusal[] }) {
  return (
    <section className={classes.panel} aria-labelledby="overview-refusals">
      <div className={classes.panelHead}>
        <Title order={2} id="overview-refusals" className={classes.panelTitle}>
          {text.refusals}
        </Title>
        <Link href={paths.door} className={classes.more}>
          {text.allRefusals}
          <IconChevronRight size={15} stroke={1.7} aria-hidden />
        </Link>
      </div>
      {list.length === 0 ? (
        <div className={classes.nobody}>
          <IconDoorOff size={20} stroke={1.6} aria-hidden />
          <span>
            {text.nobody} <span className={classes.dim}>{text.nobodyHint}</span>
          </span>
        </div>
      ) : (
        <ul className={classes.rows}>
          {list.map((entry) => (
            <li key={entry.number}>
              <Line entry={entry} />
            </li>
          ))}
        </ul>
      )}
    </section>
  );
}

function Line({ entry }: { entry: Refusal }) {
  const mayOpen = useUser().data?.authority !== 'CUSTOMER_USER';
  const who = entry.deviceName ?? entry.subject ?? entry.clientId;
  const said = (
    <>
      <span className={classes.reason}>
        <span className={classes.reasonText}>{entry.reason}</span>
        <span className={classes.dim}>{[who, entry.address].filter(Boolean).join(' · ')}</span>
      </span>
      <span className={classes.when}>
        <TimeAgo ts={entry.ts} />
        {(entry.times ?? 1) > 1 && <span className={classes.times}>{operations.door.times(entry.times ?? 1)}</span>}
      </span>
    </>
  );
  return mayOpen ? (
    <Link href={paths.refusal(entry.number)} className={classes.row}>
      {said}
      <IconChevronRight size={15} stroke={1.7} className={classes.arrow} aria-hidden />
    </Link>
  ) : (
    <div className={classes.row}>{said}</div>
  );
}
