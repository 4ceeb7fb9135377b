"""The worker on exports: claims one, has its workbook written, posts the file."""
