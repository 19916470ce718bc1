import { Button } from '@mantine/core';
import { notifications } from '@mantine/notifications';
import { useMutation } from '@tanstack/react-query';
import { deleteAttribute, saveAttribute } from '../../api/attributes';
import type { LivePoint } from '../../api/live';
import type { AttributeScope } from '../../api/types';
import { attributes as attributesTexts } from '../../text/en/values';
import classes from './AttributesTab.module.css';
import { showError } from '../../components/showError';

const UNDO_MS = 12_000;

/** Delete an attribute; one that people may set can be brought back for a while. */
export function useDeleteAttribute(deviceId: string, scope: AttributeScope, onChanged: () => void) {
  const bringBack = async (id: string, { key, value }: LivePoint) => {
    if (scope === 'CLIENT_SCOPE') return;
    notifications.hide(id);
    try {
      await saveAttribute(deviceId, scope, key, value);
      notifications.show({ message: attributesTexts.undone(key) });
      onChanged();
    } catch (error) {
      showError(error);
    }
  };
  return useMutation({
    mutationFn: ({ key }: LivePoint) => deleteAttribute(deviceId, scope, key),
    onSuccess: (_nothing, point) => {
      onChanged();
      const id = `deleted-${scope}-${point.key}-${point.ts}`;
      notifications.show({
        id,
        autoClose: UNDO_MS,
        message: (
          <span className={classes.undo}>
            {attributesTexts.deleted(point.key)}
            {scope !== 'CLIENT_SCOPE' && (
              <Button size="compact-xs" variant="default" onClick={() => void bringBack(id, point)}>
                {attributesTexts.undo}
              </Button>
            )}
          </span>
        ),
      });
    },
    onError: (error) => {
      // The dialog of the client's scope shows it itself.
      if (scope !== 'CLIENT_SCOPE') showError(error);
    },
  });
}
