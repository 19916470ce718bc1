import { Button } from '@mantine/core';
import { messageOf } from '../api/errors';
import { text } from '../text/en';
import { Notice } from './Notice';

interface Props {
  error: unknown;
  onRetry?: () => void;
}

/** The server's own sentence, where the failed thing would have been. */
export function ErrorNote({ error, onRetry }: Props) {
  return (
    <Notice kind="bad" urgent>
      {messageOf(error)}
      {onRetry && (
        <div>
          <Button mt={6} size="compact-sm" variant="default" onClick={onRetry}>
            {text.errors.retry}
          </Button>
        </div>
      )}
    </Notice>
  );
}
