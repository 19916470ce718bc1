import { notifications } from '@mantine/notifications';
import { messageOf } from '../api/errors';

/** Tells, beside the view, of something that failed and has no place of its own in it. */
export const showError = (error: unknown): void => void notifications.show({ message: messageOf(error), color: 'red' });
