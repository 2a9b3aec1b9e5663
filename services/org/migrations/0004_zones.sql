-- Police zones, and the zonal security plans of each.

SELECT keeps('zones'), keeps('plans');
