import { Button, Group } from '@mantine/core';
import { Component, type ReactNode } from 'react';
import { text } from '../text/en';
import { EmptyState } from './EmptyState';

interface Props {
  children: ReactNode;
  /** A change of it, such as another address, gives the view a new try. */
  resetKey?: string;
}

interface State {
  failed: boolean;
  resetKey: string | undefined;
}

/** Catches a view that cannot be shown, most often because its file is of an older version of the server. */
export class ErrorBoundary extends Component<Props, State> {
  override state: State = { failed: false, resetKey: this.props.resetKey };

  static getDerivedStateFromError(): Partial<State> {
    return { failed: true };
  }

  static getDerivedStateFromProps(props: Props, state: State): Partial<State> | null {
    return props.resetKey === state.resetKey ? null : { failed: false, resetKey: props.resetKey };
  }

  override render(): ReactNode {
    if (!this.state.failed) return this.props.children;
    return (
      <EmptyState title={text.errors.crashed} text={text.errors.crashedHint}>
        <Group justify="center">
          <Button onClick={() => window.location.reload()}>{text.errors.reloadPage}</Button>
        </Group>
      </EmptyState>
    );
  }
}
