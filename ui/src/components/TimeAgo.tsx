import { useState } from 'react';
import { text } from '../text/en';
import { ago, agoPeriod, exact } from '../text/time';
import { useNow } from './useNow';

/** "3 min ago", with the exact time in its title. */
export function TimeAgo({ ts }: { ts: number | null | undefined }) {
  if (ts === null || ts === undefined || ts <= 0) return <span>{text.common.never}</span>;
  return <Ago ts={ts} />;
}

function Ago({ ts }: { ts: number }) {
  const [start] = useState(() => Date.now());
  const now = Math.max(useNow(agoPeriod(ts, start)), start);
  return (
    <time dateTime={new Date(ts).toISOString()} title={exact(ts)}>
      {ago(ts, now)}
    </time>
  );
}
