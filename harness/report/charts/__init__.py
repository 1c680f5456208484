"""What is drawn in a report, as HTML with inline SVG, made when the report is written. Every text is escaped by :class:`Markup`."""
