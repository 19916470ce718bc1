import { Button } from '@mantine/core';
import { isConflict } from '../api/errors';
import { text } from '../text/en';
import { text as confirm } from '../text/en/confirm';
import { ErrorNote } from './ErrorNote';
import classes from './SaveBar.module.css';

interface Props {
  /** There is something to save. */
  changed: boolean;
  saving: boolean;
  saved: boolean;
  /** What stands at no field. */
  error: unknown;
  submit?: string;
  /** Stays in sight below a long form. */
  sticky?: boolean;
  /** Forget the changes and read what the server has. */
  onDiscard: () => void;
}

/** Foot of a form: save, discard, and what came of it. A version that is not the newest offers to load that one. */
export function SaveBar({ changed, saving, saved, error, submit = text.common.save, sticky = false, onDiscard }: Props) {
  const conflict = isConflict(error);
  return (
    <div className={classes.bar} data-sticky={sticky || undefined}>
      {error !== null && error !== undefined && (
        <div className={classes.error}>
          <ErrorNote error={error} />
        </div>
      )}
      <Button type="submit" disabled={!changed} loading={saving}>
        {submit}
      </Button>
      {changed && (
        <Button variant={conflict ? 'default' : 'subtle'} color="gray" onClick={onDiscard}>
          {conflict ? text.common.reload : text.common.discard}
        </Button>
      )}
      <span role="status" className={classes.note} data-saved={(saved && !changed) || undefined}>
        {saved && !changed ? text.common.saved : changed && !saving ? confirm.unsaved : ''}
      </span>
    </div>
  );
}
