import { ActionIcon } from '@mantine/core';
import { IconPencil, IconTrash } from '@tabler/icons-react';
import { useEffect, useRef } from 'react';
import type { LivePoint } from '../../api/live';
import type { AttributeScope } from '../../api/types';
import { TimeAgo } from '../../components/TimeAgo';
import { ValueText } from '../../components/ValueText';
import tableClasses from '../../components/ValueTable.module.css';
import { text } from '../../text/en';
import { attributes as attributesTexts } from '../../text/en/values';
import { dateTime } from '../../text/time';
import { AttributeEditor } from './AttributeEditor';
import classes from './AttributesTab.module.css';
import { isKeptByServer, momentOf } from './attributeValue';

interface Props {
  deviceId: string;
  scope: AttributeScope;
  rows: LivePoint[];
  /** Key of the one that is being edited. */
  editing: string | null;
  onEdit: (key: string | null) => void;
  onDelete: (point: LivePoint) => void;
  onSaved: () => void;
}

export function AttributeTable({ deviceId, scope, rows, editing, onEdit, onDelete, onSaved }: Props) {
  const atFirst = useRef(new Map(rows.map(({ key, ts }) => [key, ts])));
  const buttons = useRef(new Map<string, HTMLButtonElement | null>());

  // The editor gives the focus back to where it came from.
  const wasEditing = useRef(editing);
  useEffect(() => {
    if (wasEditing.current !== null && editing === null) buttons.current.get(wasEditing.current)?.focus();
    wasEditing.current = editing;
  }, [editing]);

  return (
    <table className={tableClasses.table} aria-label={text.attributes.scopes[scope]}>
      <thead>
        <tr>
          <th scope="col">{text.attributes.key}</th>
          <th scope="col">{text.attributes.value}</th>
          <th scope="col" className={classes.updated}>
            {text.attributes.updated}
          </th>
          <th scope="col" aria-label={attributesTexts.actions} />
        </tr>
      </thead>
      <tbody>
        {rows.map((point) => {
          const { key, ts, value } = point;
          if (editing === key && scope !== 'CLIENT_SCOPE') {
            return (
              <tr key={key}>
                <th scope="row">{key}</th>
                <td colSpan={3} className={classes.editor}>
                  <AttributeEditor
                    deviceId={deviceId}
                    scope={scope}
                    point={point}
                    known={[]}
                    onSaved={onSaved}
                    onDone={() => onEdit(null)}
                  />
                </td>
              </tr>
            );
          }
          const isKept = isKeptByServer(scope, key);
          const moment = momentOf(scope, key, value);
          return (
            <tr key={key}>
              <th scope="row">{key}</th>
              <td key={ts} className={tableClasses.value} data-fresh={atFirst.current.get(key) !== ts || undefined}>
                <ValueText value={value} />
                {moment !== null && <span className={classes.moment}>{dateTime(moment)}</span>}
              </td>
              <td className={`${tableClasses.updated} ${classes.updated}`}>
                <TimeAgo ts={ts} />
              </td>
              <td className={classes.actions}>
                {isKept && <span className={classes.kept}>{attributesTexts.byServer}</span>}
                {!isKept && scope !== 'CLIENT_SCOPE' && (
                  <ActionIcon
                    ref={(button) => void buttons.current.set(key, button)}
                    variant="subtle"
                    color="gray"
                    size="md"
                    aria-label={attributesTexts.edit(key)}
                    onClick={() => onEdit(key)}
                  >
                    <IconPencil size={16} stroke={1.7} aria-hidden />
                  </ActionIcon>
                )}
                {!isKept && (
                  <ActionIcon
                    variant="subtle"
                    color="gray"
                    size="md"
                    aria-label={attributesTexts.remove(key)}
                    onClick={() => onDelete(point)}
                  >
                    <IconTrash size={16} stroke={1.7} aria-hidden />
                  </ActionIcon>
                )}
              </td>
            </tr>
          );
        })}
      </tbody>
    </table>
  );
}
