import { Button } from '@mantine/core';
import { exact } from '../../text/time';
import { TimeAgo } from '../../components/TimeAgo';
import { deviceText } from '../../text/en/device';
import { duration, shownJson, type CallForm } from './rpcForm';
import classes from './RpcTab.module.css';
import { Section, Tag } from './Section';
import sectionClasses from './Section.module.css';

const text = deviceText.rpc;

export interface SessionCall {
  id: string;
  form: CallForm;
  started: number;
  state: 'waiting' | 'done' | 'failed';
  ms?: number;
  answer?: unknown;
  error?: string;
}

/** What was called since the page was loaded, newest first. */
export function SessionCalls({ calls, onAgain }: { calls: SessionCall[]; onAgain: (form: CallForm) => void }) {
  return (
    <Section title={text.session}>
      {calls.length === 0 && <p className={sectionClasses.lead}>{text.sessionEmpty}</p>}
      {calls.length > 0 && (
        <ul className={sectionClasses.list} aria-label={text.session}>
          {calls.map((call) => (
            <Line key={call.id} call={call} onAgain={() => onAgain(call.form)} />
          ))}
        </ul>
      )}
    </Section>
  );
}

function Line({ call, onAgain }: { call: SessionCall; onAgain: () => void }) {
  const { form, state } = call;
  return (
    <li className={sectionClasses.item}>
      <div className={sectionClasses.line}>
        <strong>{form.method}</strong>
        <Tag {...(state !== 'waiting' && { kind: state === 'done' ? 'good' : 'bad' })}>{outcome(call)}</Tag>
        <Button size="compact-xs" variant="subtle" onClick={onAgain}>
          {text.again}
        </Button>
        <span className={sectionClasses.when} title={exact(call.started)}>
          <TimeAgo ts={call.started} />
        </span>
      </div>
      {form.params.trim() !== '' && <pre className={`${sectionClasses.code} ${classes.params}`}>{form.params}</pre>}
      <div role="status">
        {state === 'done' && !form.isOneWay && !form.isPersistent && (
          <pre className={`${sectionClasses.code} ${classes.answer}`}>{shownJson(call.answer)}</pre>
        )}
        {state === 'failed' && (
          <div className={classes.answer} data-failed>
            {call.error}
          </div>
        )}
      </div>
    </li>
  );
}

function outcome({ state, ms = 0, form }: SessionCall): string {
  if (state === 'waiting') return text.underWay;
  if (state === 'failed') return text.failed(duration(ms));
  if (form.isPersistent) return text.keptAs;
  return form.isOneWay ? text.delivered(duration(ms)) : text.answered(duration(ms));
}
