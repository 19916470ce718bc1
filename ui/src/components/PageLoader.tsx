import { Center, Loader } from '@mantine/core';
import { text } from '../text/en';

export function PageLoader() {
  return (
    <Center mih={240}>
      <Loader size="sm" role="status" aria-label={text.shell.loading} />
    </Center>
  );
}
