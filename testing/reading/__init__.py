"""What reads answers as people and programs do: pages and their forms, pictures, PDF, workbooks, streams."""
