import { notifications } from '@mantine/notifications';
import { useQueryClient } from '@tanstack/react-query';
import { deleteDevice } from '../../api/devices';
import type { Device } from '../../api/types';
import { keys } from '../../app/keys';
import QuestionDialog from '../../components/QuestionDialog';
import { text } from '../../text/en';

interface Props {
  device: Device;
  onClose: () => void;
  onDeleted: () => void;
}

export default function DeleteDeviceDialog({ device, onClose, onDeleted }: Props) {
  const queryClient = useQueryClient();
  const done = () => {
    onDeleted();
    queryClient.removeQueries({ queryKey: keys.device(device.id.id) });
    void queryClient.invalidateQueries({ queryKey: keys.lists });
    notifications.show({ message: text.remove.done(device.name) });
  };
  return (
    <QuestionDialog
      title={text.remove.title}
      lead={text.remove.lead(device.name)}
      effects={text.remove.effects}
      submit={text.remove.submit}
      run={() => deleteDevice(device.id.id)}
      onClose={onClose}
      onDone={done}
    />
  );
}
