import { Title } from '@mantine/core';
import { useEffect, useState } from 'react';
import { operations } from '../../text/en/operations';
import classes from './OverviewPage.module.css';

const text = operations.overview;
/** Looks that are kept, and the axes of the drawing. */
const LOOKS = 60;
const WIDTH = 240;
const HEIGHT = 56;

interface Props {
  rate: number;
  /** When the server said it; a new one is a new look. */
  ts: number;
}

/** The present rate, and how it went since the page is looked at. */
export function RatePanel({ rate, ts }: Props) {
  const [looks, setLooks] = useState<number[]>([]);
  useEffect(() => setLooks((now) => [...now.slice(1 - LOOKS), rate]), [rate, ts]);
  const said = rate.toLocaleString('en', { maximumFractionDigits: 1 });
  const line = path(looks);
  return (
    <section className={classes.panel} aria-labelledby="overview-rate">
      <Title order={2} id="overview-rate" className={classes.panelTitle}>
        {text.rate}
      </Title>
      <div className={classes.rate} aria-label={text.rateNow(said)} role="img">
        {said}
      </div>
      <svg viewBox={`0 0 ${WIDTH} ${HEIGHT}`} preserveAspectRatio="none" className={classes.chart} aria-hidden>
        {looks.length > 1 && (
          <>
            <path d={`${line} V${HEIGHT} H${WIDTH - (looks.length - 1) * (WIDTH / (LOOKS - 1))} Z`} className={classes.area} />
            <path d={line} className={classes.line} vectorEffect="non-scaling-stroke" />
          </>
        )}
      </svg>
      <p className={classes.dim}>{text.rateHint}</p>
    </section>
  );
}

/** The newest look is at the right edge; the highest one below the upper edge. */
function path(looks: number[]): string {
  const most = Math.max(1, ...looks);
  const step = WIDTH / (LOOKS - 1);
  return looks
    .map((value, i) => {
      const x = WIDTH - (looks.length - 1 - i) * step;
      const y = HEIGHT - 2 - (value / most) * (HEIGHT - 6);
      return `${i === 0 ? 'M' : 'L'}${x.toFixed(1)} ${y.toFixed(1)}`;
    })
    .join(' ');
}
