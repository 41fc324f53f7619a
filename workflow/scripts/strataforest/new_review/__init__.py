"""A folder to begin a review in: configuration, workbook with example rows, first steps."""
