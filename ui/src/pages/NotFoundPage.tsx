import { Button } from '@mantine/core';
import { IconMapQuestion } from '@tabler/icons-react';
import { Link } from 'wouter';
import { paths } from '../app/paths';
import { EmptyState } from '../components/EmptyState';
import { useTitle } from '../components/useTitle';
import { text } from '../text/en';

export default function NotFoundPage() {
  useTitle(text.notFound.title);
  return (
    <EmptyState icon={<IconMapQuestion size={28} stroke={1.5} />} title={text.notFound.title} text={text.notFound.text}>
      <Button component={Link} href={paths.group('all')}>
        {text.notFound.action}
      </Button>
    </EmptyState>
  );
}
