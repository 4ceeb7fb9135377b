"""SQL of exports: their records, the queue, the rows of a workbook."""
